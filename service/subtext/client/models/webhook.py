"""Webhook, its deliveries, and the message that it gets when a batch ends."""

from __future__ import annotations

from datetime import datetime

from subtext.client.models.base import ApiObject, Page


class Webhook(ApiObject):
    """Webhook; its secret is shown only when it is created or rotated."""

    id: str
    url: str
    description: str | None
    events: list[str]
    created_at: datetime
    old_secret_until: datetime | None
    disabled_at: datetime | None
    deliveries: str


class WebhookWithSecret(Webhook):
    """Webhook that was just created or rotated, with the secret that signs its messages."""

    secret: str


class WebhookList(ApiObject):
    """All webhooks of the owner, the newest first."""

    webhooks: list[Webhook]


class Delivery(ApiObject):
    """Message to a webhook and its state: waiting, running, delivered or dead."""

    id: str
    event: str
    state: str
    tries: int
    created_at: datetime
    next_at: datetime | None
    last_status: int | None
    last_error: str | None


class DeliveryPage(Page[Delivery]):
    """Page of deliveries, the newest first."""

    deliveries: list[Delivery]

    def entries(self) -> list[Delivery]:
        """Return the deliveries of this page."""
        return self.deliveries


class EndedBatch(ApiObject):
    """Batch that a message is about: items by outcome, and where to read the results."""

    id: str
    counts: dict[str, int]
    url: str
    results: str


class WebhookMessage(ApiObject):
    """Message that a webhook gets: `batch.completed` or `batch.failed`."""

    type: str
    timestamp: datetime
    data: EndedBatch
