"""Analyses that were answered, kept for their owners, and what readers say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from subtext.domain.caller import Owner

Verdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An answer as it was given (`document`, JSON), with what it is found by.

    `engine` is its kind, `outlet` the site or the host, None where the article was handed in as text.
    """

    id: str
    owner: Owner
    created_at: datetime
    status: str
    engine: str
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None
    title: str | None
    url: str | None
    sha256: str
    document: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which analyses are looked for: what is None does not matter; names are compared without regard to case."""

    label: str | None = None
    outlet: str | None = None
    target: str | None = None
    engine: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader says of an analysis; `label` is the right one, in their eyes, `reader` who they are, if known."""

    id: str
    analysis_id: str
    owner: Owner
    created_at: datetime
    verdict: Verdict
    label: str | None = None
    comment: str | None = None
    reader: str | None = None


class AnalysisStore(Protocol):
    """Analyses, kept; what is not the owner's does not exist (`AnalysisUnknown`). Raises `StoreUnavailable`."""

    async def put(self, analysis: StoredAnalysis) -> None:
        """Keep an analysis: once this returns, it is kept. One that is kept already stays as it is."""

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """The analysis."""

    async def listed(self, owner: Owner, wanted: Wanted, *, before: str | None, limit: int) -> list[StoredAnalysis]:
        """The owner's analyses that fit, the newest first, from the one after `before` (an id) on."""

    async def remove(self, owner: Owner, analysis_id: str) -> None:
        """Forget an analysis and what was said of it."""

    async def add_feedback(self, feedback: Feedback) -> None:
        """Keep what a reader says."""

    def feedback(self, owner: Owner | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        """All that was said, the oldest first, with what it was said of; of every owner where None is given."""

    async def forget_before(self, moment: datetime) -> int:
        """How many analyses were forgotten because they are older."""
