"""A batch and its items: states, and which may follow which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from subtext.errors import InvalidBatchTransition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from subtext.domain.caller import Owner

BATCHES_PATH = "/v1/batches"
LINES_MAX = 50_000
# Items that are handed out, and taken over from a dead worker, together: the engine's cost is one job for all of them.
CHUNK_SIZE = 20
# So often workers may die while the items of a chunk are worked on together, then while one item is worked on alone.
ATTEMPTS_TOGETHER_MAX = 3
ATTEMPTS_ALONE_MAX = 3


class ItemState(StrEnum):
    """Where one item is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch is; `receiving` is one whose upload has not ended, which nobody is shown."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({ItemState.WAITING, ItemState.RUNNING})
FINAL = frozenset({BatchState.DONE, BatchState.PARTIAL, BatchState.CANCELLED})
TRANSITIONS: dict[BatchState, frozenset[BatchState]] = {
    BatchState.RECEIVING: frozenset({BatchState.QUEUED}),
    BatchState.QUEUED: frozenset({BatchState.RUNNING, BatchState.DONE, BatchState.PARTIAL, BatchState.CANCELLED}),
    BatchState.RUNNING: frozenset({BatchState.DONE, BatchState.PARTIAL, BatchState.CANCELLED}),
    BatchState.DONE: frozenset(),
    BatchState.PARTIAL: frozenset({BatchState.QUEUED}),
    BatchState.CANCELLED: frozenset(),
}


def predecessors(state: BatchState) -> frozenset[BatchState]:
    """Return the states that `state` may follow."""
    return frozenset(earlier for earlier, later in TRANSITIONS.items() if state in later)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it stands; `counts` has every state of items, `round` how often it was handed out."""

    id: str
    owner: Owner
    state: BatchState
    total: int
    counts: Mapping[ItemState, int]
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    round: int = 0

    @property
    def finished(self) -> int:
        """Return the number of items about which nothing more will happen."""
        return sum(count for state, count in self.counts.items() if state not in UNFINISHED)

    @property
    def outcome(self) -> BatchState | None:
        """Return the state that it ends in; None while an item is open."""
        if any(self.counts.get(state, 0) for state in UNFINISHED):
            return None
        return BatchState.PARTIAL if self.counts.get(ItemState.FAILED, 0) else BatchState.DONE

    def rate(self, now: datetime) -> float | None:
        """Return the items a second since work began; None while nothing can be said yet."""
        if self.started_at is None:
            return None
        seconds = ((self.ended_at or now) - self.started_at).total_seconds()
        return self.finished / seconds if seconds > 0 and self.finished else None

    def remaining_s(self, now: datetime) -> float | None:
        """Estimate the seconds that the open items will take at the rate so far; None while there is no rate."""
        rate = self.rate(now)
        return None if rate is None or self.state in FINAL else (self.total - self.finished) / rate

    def require_transition(self, next_state: BatchState) -> None:
        """Raise `InvalidBatchTransition` unless `next_state` may follow."""
        if next_state not in TRANSITIONS[self.state]:
            raise InvalidBatchTransition(f"the batch is {self.state}: it cannot become {next_state}")


@dataclass(frozen=True, slots=True)
class NewItem:
    """One line as it came: what is asked, or the problem that it has already (both JSON)."""

    position: int
    custom_id: str | None
    ask: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it stands; `result` and `problem` are JSON.

    `attempts` counts the claims of its chunk, and beyond those the attempts at this item alone.
    """

    position: int
    custom_id: str | None
    state: ItemState
    ask: str | None
    result: str | None
    problem: str | None
    attempts: int = 0

    @property
    def is_suspect(self) -> bool:
        """Return whether so many workers died with its chunk that it has to be worked on alone."""
        return self.attempts > ATTEMPTS_TOGETHER_MAX

    @property
    def is_exhausted(self) -> bool:
        """Return whether workers died with this item alone so often that it is not worked on again."""
        return self.attempts > ATTEMPTS_TOGETHER_MAX + ATTEMPTS_ALONE_MAX


def chunk_starts(total: int) -> range:
    """Return the first positions of the chunks of a batch."""
    return range(0, total, CHUNK_SIZE)
