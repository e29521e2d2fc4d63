"""How much is worked on at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Items at a time in this process and over all (None: no limit), and items a second over all."""

    parallel: int = 16
    parallel_over_all: int | None = None
    per_second: float | None = None
    poll_s: float = 0.2
