"""What batches need from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from subtext.batches.batch import Batch, BatchState, Item, ItemState, NewItem
    from subtext.batches.webhooks import Delivery, DeliveryState, Event, Webhook


class BatchStore(Protocol):
    """Batches and their items, kept; what is not the owner's does not exist (`BatchUnknown`)."""

    async def begin(self, owner: str) -> str:
        """The id of a new batch that is being received."""

    async def add(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Keep lines of a batch that is being received."""

    async def discard(self, batch_id: str) -> None:
        """Forget a batch whose upload was broken off."""

    async def get(self, batch_id: str, owner: str) -> Batch:
        """The batch as it stands."""

    async def listed(self, owner: str, *, before: str | None, limit: int) -> list[Batch]:
        """The owner's batches, the newest first, from `before` on."""

    async def move(self, batch_id: str, state: BatchState) -> bool:
        """Whether this call brought the batch into `state`; False where it may not follow."""

    async def reopen(self, batch_id: str) -> None:
        """Let the failed items wait again, and the batch with them."""

    async def cancel_waiting(self, batch_id: str) -> None:
        """Cancel the items that nobody works on."""

    async def claim(self, batch_id: str, first: int, count: int) -> list[Item]:
        """The open items of a portion, marked as running; none of a batch that has ended."""

    async def settle(self, batch_id: str, position: int, state: ItemState, document: str) -> bool:
        """Whether this call settled the item; an item is settled once."""

    async def items(self, batch_id: str, *, start: int, limit: int) -> list[Item]:
        """Items in input order."""

    async def undelivered(self) -> list[Batch]:
        """Batches of all owners that wait to be handed out."""


class Jobs(Protocol):
    """Work that survives the process: portions handed out once, and again where a worker died."""

    async def submit(self, batch: Batch) -> None:
        """Hand out the portions of a batch; doing it twice changes nothing."""


class WebhookStore(Protocol):
    """Webhooks and the messages to them, kept; what is not the owner's does not exist (`WebhookUnknown`)."""

    async def add(self, owner: str, url: str, events: frozenset[Event]) -> Webhook:
        """A new webhook with its secret; raises `TooManyWebhooks`."""

    async def listed(self, owner: str) -> list[Webhook]:
        """The owner's webhooks, the newest first."""

    async def get(self, webhook_id: str, owner: str) -> Webhook:
        """One of the owner's webhooks."""

    async def remove(self, webhook_id: str, owner: str) -> None:
        """Forget a webhook, and the messages to it."""

    async def rotate(self, webhook_id: str, owner: str, shared: timedelta) -> Webhook:
        """The webhook with a new secret; the one before signs as well for as long as `shared`."""

    async def deliveries(
        self, webhook_id: str, owner: str, *, state: DeliveryState | None, before: str | None, limit: int
    ) -> list[Delivery]:
        """Messages to a webhook, the newest first."""

    async def redeliver(self, webhook_id: str, owner: str, delivery_id: str) -> Delivery:
        """A message that is tried anew from now on; raises `DeliveryUnknown`."""

    async def take(self, lease: timedelta) -> tuple[Webhook, Delivery] | None:
        """The message that waits longest, ours for as long as the lease."""

    async def delivered(self, delivery: Delivery, status: int) -> None:
        """It was taken."""

    async def again(self, delivery: Delivery, wait: timedelta, *, status: int | None, error: str) -> None:
        """It was not taken: let it be tried again after a while."""

    async def dead(self, delivery: Delivery, *, status: int | None, error: str) -> None:
        """It was not taken, and is tried no more."""

    async def disable(self, webhook_id: str) -> None:
        """Tell this webhook nothing more."""
