"""What batches need from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.batch import Batch, BatchState, Item, ItemState, NewItem
    from subtext.domain.caller import Owner


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How an item ended, and the document that says so: its analysis, or its problem (JSON)."""

    state: ItemState
    document: str


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """Items at a time in this process and over all (None: no limit), and items a second over all."""

    parallel: int = 16
    parallel_over_all: int | None = None
    per_second: float | None = None
    poll_s: float = 0.2


class ItemHandler(Protocol):
    """Answer items."""

    async def __call__(self, request: str, owner: Owner) -> ItemResult:
        """Answer one item (its request as JSON) of this owner; raises nothing."""


class BatchRepository(Protocol):
    """Batches and their items, kept; what is not the owner's does not exist (`BatchNotFound`)."""

    async def create(self, owner: Owner) -> str:
        """The id of a new batch that is being received."""

    async def add_items(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Keep lines of a batch that is being received."""

    async def delete(self, batch_id: str) -> None:
        """Forget a batch whose upload was broken off."""

    async def get(self, batch_id: str, owner: Owner) -> Batch:
        """The batch as it stands."""

    async def list_batches(self, owner: Owner, *, before: str | None, limit: int) -> list[Batch]:
        """The owner's batches, the newest first, from `before` on."""

    async def transition(self, batch_id: str, state: BatchState) -> bool:
        """Whether this call brought the batch into `state`; False where it may not follow."""

    async def retry_failed(self, batch_id: str) -> None:
        """Let the failed items wait again, and the batch with them."""

    async def cancel_waiting(self, batch_id: str) -> None:
        """Cancel the items that nobody works on."""

    async def claim(self, batch_id: str, first: int, count: int) -> list[Item]:
        """The open items of a portion, marked as running; none of a batch that has ended."""

    async def complete_item(self, batch_id: str, position: int, state: ItemState, document: str) -> bool:
        """Whether this call settled the item; an item is settled once."""

    async def items(self, batch_id: str, *, start: int, limit: int) -> list[Item]:
        """Items in input order."""

    async def list_unqueued(self) -> list[Batch]:
        """Batches of all owners that wait to be handed out."""


class BatchQueue(Protocol):
    """Work that survives the process: portions handed out once, and again where a worker died."""

    async def enqueue(self, batch: Batch) -> None:
        """Hand out the portions of a batch; doing it twice changes nothing."""
