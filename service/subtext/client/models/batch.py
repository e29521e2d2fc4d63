"""Batch: state, progress and results."""

from __future__ import annotations

from datetime import datetime

from subtext.client.models.analysis import Analysis
from subtext.client.models.base import ApiObject, Page
from subtext.client.models.problem import Problem

_END_STATES = frozenset({"done", "partial", "cancelled"})


class Batch(ApiObject):
    """State and progress of a batch: queued or running; then done, partial (some failed) or cancelled."""

    id: str
    state: str
    total: int
    counts: dict[str, int]
    rate: float | None
    remaining_s: float | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    results: str

    @property
    def has_ended(self) -> bool:
        """Return whether no item waits or is in progress."""
        return self.state in _END_STATES


class BatchPage(Page[Batch]):
    """Page of batches, the newest first."""

    batches: list[Batch]

    def entries(self) -> list[Batch]:
        """Return the batches of this page."""
        return self.batches


class BatchResult(ApiObject):
    """Item of a batch: its analysis once it is done, its problem once it has failed."""

    custom_id: str | None
    position: int
    state: str
    result: Analysis | None
    problem: Problem | None
