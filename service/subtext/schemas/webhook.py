"""Define the webhook and delivery views."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from subtext.domain.webhook import Delivery, DeliveryState, Event, Webhook

WEBHOOKS_PATH = "/v1/webhooks"


class WebhookView(BaseModel):
    """Webhook; its secret is shown only when it is created or rotated."""

    id: str
    url: str
    description: str | None = Field(description="As given when it was created; null if it was not.")
    events: list[Event]
    created_at: datetime
    old_secret_until: datetime | None = Field(description="Until when the previous secret signs too, after a rotation.")
    disabled_at: datetime | None = Field(
        description="Since when it gets no messages, because it answered 410; a redelivery enables it again."
    )
    deliveries: str = Field(description="Address of its deliveries.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """Build the view of a webhook."""
        return cls(
            id=webhook.id,
            url=webhook.url,
            description=webhook.description,
            events=sorted(webhook.events),
            created_at=webhook.created_at,
            old_secret_until=webhook.old_secret_expires_at,
            disabled_at=webhook.disabled_at,
            deliveries=f"{WEBHOOKS_PATH}/{webhook.id}/deliveries",
        )


class NewWebhookView(WebhookView):
    """Webhook with its secret."""

    secret: str = Field(description="Signing secret: whsec_ and base64, as the libraries of Standard Webhooks expect.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """Build the view of a webhook with its new secret."""
        return cls(**WebhookView.of(webhook).model_dump(), secret=webhook.secret)


class WebhooksView(BaseModel):
    """All webhooks of the owner, the newest first."""

    webhooks: list[WebhookView]


class DeliveryView(BaseModel):
    """Message to a webhook and its delivery state."""

    id: str = Field(description="`webhook-id` of the message, the same in every attempt.")
    event: Event
    state: DeliveryState = Field(
        description="waiting, running, delivered, or dead: not retried unless a redelivery is requested."
    )
    tries: int = Field(description="Attempts so far, those before a redelivery included.")
    created_at: datetime
    next_at: datetime | None = Field(description="When it is tried next, if it waits.")
    last_status: int | None = Field(description="The receiver's last status; null if it did not answer.")
    last_error: str | None = Field(description="Error of the last attempt.")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Build the view of a delivery."""
        return cls.model_validate(delivery, from_attributes=True)


class DeliveriesView(BaseModel):
    """One page of deliveries, the newest first."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = Field(description="Pass it back to get the next page; null on the last page.")


class EndedBatchView(BaseModel):
    """Batch that a message is about: items by outcome, and where to read the results."""

    id: str
    counts: dict[str, int] = Field(description="Items by outcome: done, failed.")
    url: str = Field(description="Address of the batch.")
    results: str = Field(description="Address of the results.")


class BatchMessageView(BaseModel):
    """Base of the messages that a webhook gets."""

    timestamp: datetime
    data: EndedBatchView


class BatchCompletedMessage(BatchMessageView):
    """Every item of a batch has its analysis."""

    type: Literal["batch.completed"]


class BatchFailedMessage(BatchMessageView):
    """Some items of a batch have failed."""

    type: Literal["batch.failed"]


WebhookMessage = Annotated[BatchCompletedMessage | BatchFailedMessage, Field(discriminator="type")]
"""Message that a webhook gets when a batch ends."""
