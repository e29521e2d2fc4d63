"""Ports of batches: the repository, the job queue, and the handler of an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.ports import StoredAnalysis
    from subtext.domain.batch import Batch, BatchState, Item, ItemState, NewItem
    from subtext.domain.caller import Owner


@dataclass(frozen=True, slots=True)
class ItemResult:
    """Record how an item ended, with its document: an analysis, or a problem (JSON).

    `analysis` is the row that the document refers to, not stored yet; None if nothing is to be stored.
    """

    state: ItemState
    document: str
    analysis: StoredAnalysis | None = None


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """Limit the items in progress in this process and in all (None: no limit), and the items a second in all."""

    parallel: int = 16
    parallel_over_all: int | None = None
    per_second: float | None = None
    poll_s: float = 0.2


class ItemHandler(Protocol):
    """Answer items of batches."""

    async def __call__(self, request: str, owner: Owner) -> ItemResult:
        """Answer one item (its request as JSON) of this owner; raises nothing."""


class BatchRepository(Protocol):
    """Store batches and their items; another owner's batch does not exist (`BatchNotFound`)."""

    async def create(self, owner: Owner, batch_id: str | None = None) -> str:
        """Create a batch that is being received, under a new id unless one is given, and return its id."""

    async def add_items(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Add items to a batch that is being received."""

    async def delete(self, batch_id: str) -> None:
        """Delete a batch with its items."""

    async def get(self, batch_id: str, owner: Owner) -> Batch:
        """Return the batch with its counts; raises `BatchNotFound`."""

    async def list_batches(self, owner: Owner, *, before: str | None, limit: int) -> list[Batch]:
        """List the owner's batches, newest first, from `before` on."""

    async def transition(self, batch_id: str, state: BatchState) -> bool:
        """Move a batch to `state`; return False if another call did, or if the state may not follow."""

    async def retry_failed(self, batch_id: str) -> None:
        """Set the failed items back to waiting, and the batch with them."""

    async def cancel_waiting(self, batch_id: str) -> None:
        """Cancel the items that no worker has claimed."""

    async def claim(self, batch_id: str, first: int, count: int) -> list[Item]:
        """Claim the open items of a chunk and mark them as running; none if the batch has ended.

        Of a cancelled batch they are cancelled: the worker that had claimed them before is dead.
        """

    async def count_attempt(self, batch_id: str, position: int) -> None:
        """Count an attempt at an item alone."""

    async def complete_item(
        self, batch_id: str, position: int, state: ItemState, document: str, analysis: StoredAnalysis | None = None
    ) -> bool:
        """Complete an item and store its analysis in one transaction; return False if it was completed before."""

    async def list_items(self, batch_id: str, *, start: int, limit: int) -> list[Item]:
        """List items in input order."""

    async def list_unqueued(self) -> list[Batch]:
        """List the batches of all owners that may not have been enqueued."""


class BatchQueue(Protocol):
    """Enqueue durable jobs: each chunk is processed by one worker, and again by another if that one dies."""

    async def enqueue(self, batch: Batch) -> None:
        """Enqueue the chunks of a batch (idempotent)."""
