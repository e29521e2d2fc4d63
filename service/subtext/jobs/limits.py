"""How much is worked on at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Items at a time in this process and over all (None: no limit), and items a second over all."""

    parallel: int = 16
    parallel_over_all: int | None = None
    per_second: float | None = None
    poll_s: float = 0.2


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How much is worked on, whether this process does, and how long ended batches are kept (None: for good)."""

    limits: JobLimits
    work: bool
    kept_for: timedelta | None = None
