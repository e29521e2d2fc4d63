"""Webhook and delivery views."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from subtext.domain.webhook import DeliveryState, Event, Webhook, WebhookDelivery

WEBHOOKS_PATH = "/v1/webhooks"


class WebhookView(BaseModel):
    """A webhook; its secret is shown when it is made and when it is rotated, and never again."""

    id: str
    url: str
    events: list[Event]
    created_at: datetime
    old_secret_until: datetime | None = Field(description="Until when the secret before the last rotation signs too.")
    disabled_at: datetime | None = Field(
        description="Since when it is told nothing, as it answered 410; a redelivery ends that."
    )
    deliveries: str = Field(description="Where the messages to it are listed.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """The view of a webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=sorted(webhook.events),
            created_at=webhook.created_at,
            old_secret_until=webhook.old_secret_expires_at,
            disabled_at=webhook.disabled_at,
            deliveries=f"{WEBHOOKS_PATH}/{webhook.id}/deliveries",
        )


class NewWebhookView(WebhookView):
    """A webhook with its secret."""

    secret: str = Field(description="What signs messages: whsec_ and base64, as Standard Webhooks' libraries take it.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """The view of a webhook whose secret is new."""
        return cls(**WebhookView.of(webhook).model_dump(), secret=webhook.secret)


class WebhooksView(BaseModel):
    """All webhooks, the newest first; an owner has at most 20."""

    webhooks: list[WebhookView]


class DeliveryView(BaseModel):
    """A message to a webhook, and how it went."""

    id: str = Field(description="`webhook-id` of the message, the same at every try.")
    event: Event
    state: DeliveryState = Field(description="waiting, running, delivered, or dead: tried no more unless asked to.")
    tries: int
    created_at: datetime
    next_at: datetime | None = Field(description="When it is tried next, where it waits.")
    last_status: int | None = Field(description="The receiver's last status; null where there was no answer.")
    last_error: str | None = Field(description="What went wrong at the last try.")

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        """The view of a message."""
        return cls.model_validate(delivery, from_attributes=True)


class DeliveriesView(BaseModel):
    """One page of messages, the newest first."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = Field(description="Hand it back for the next page; null on the last one.")
