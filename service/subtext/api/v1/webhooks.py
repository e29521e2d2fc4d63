"""Webhooks: addresses that are told when a batch has ended, as Standard Webhooks has it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from subtext.api.callers import CallerDep, needs
from subtext.api.cursors import PageAsk, page_of
from subtext.api.openapi import CHANGE_PROBLEMS, READ_PROBLEMS
from subtext.api.requests import StrictRoute
from subtext.api.v1.asks import Ask
from subtext.batches.webhooks import DeliveryState, Event
from subtext.domain.errors import BatchesUnavailable
from subtext.webhooks.desk import SHARED, WebhookDesk

if TYPE_CHECKING:
    from subtext.batches.webhooks import Delivery, Webhook

PATH = "/v1/webhooks"
router = APIRouter(tags=["webhooks"], route_class=StrictRoute)
_MANAGE, _LOOK = needs("admin"), needs("batch")
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f-]{36}$", description="As in `id` of a webhook.")]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f-]{36}$", description="As in `id` of a delivery.")]


async def _desk(request: Request) -> WebhookDesk:
    desk = request.app.state.webhooks
    if desk is None:
        raise BatchesUnavailable(
            "this service takes no batches, so there is nothing to tell: set SUBTEXT_BATCHES_ENABLED=true"
        )
    return cast("WebhookDesk", desk)


DeskDep = Annotated[WebhookDesk, Depends(_desk)]


class WebhookAsk(Ask):
    """Who wants to hear of what."""

    url: str = Field(min_length=1, max_length=2_048, description="An https:// address that answers a POST with 2xx.")
    events: list[Annotated[Event, Field(strict=False)]] = Field(
        default_factory=lambda: list(Event), min_length=1, max_length=len(Event), description="All, when left out."
    )


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
            old_secret_until=webhook.old_until,
            disabled_at=webhook.disabled_at,
            deliveries=f"{PATH}/{webhook.id}/deliveries",
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
    def of(cls, delivery: Delivery) -> Self:
        """The view of a message."""
        return cls.model_validate(delivery, from_attributes=True)


class DeliveriesView(BaseModel):
    """One page of messages, the newest first."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = Field(description="Hand it back for the next page; null on the last one.")


class DeliveryListing(PageAsk):
    """Which messages are asked for, and how many at a time."""

    state: DeliveryState | None = None


@router.post("/webhooks", status_code=201, responses=CHANGE_PROBLEMS, dependencies=[_MANAGE])
async def create_webhook(ask: WebhookAsk, desk: DeskDep, caller: CallerDep, response: Response) -> NewWebhookView:
    """Ask to be told when batches end. The answer has the secret that signs the messages, this once."""
    made = await desk.add(caller.owner, ask.url, frozenset(ask.events))
    response.headers["Location"] = f"{PATH}/{made.id}"
    return NewWebhookView.of(made)


@router.get("/webhooks", responses=READ_PROBLEMS, dependencies=[_LOOK])
async def list_webhooks(desk: DeskDep, caller: CallerDep) -> WebhooksView:
    """The caller's webhooks."""
    return WebhooksView(webhooks=[WebhookView.of(webhook) for webhook in await desk.store.listed(caller.owner)])


@router.get("/webhooks/{webhook_id}", responses=READ_PROBLEMS, dependencies=[_LOOK])
async def get_webhook(webhook_id: WebhookId, desk: DeskDep, caller: CallerDep) -> WebhookView:
    """One webhook."""
    return WebhookView.of(await desk.store.get(webhook_id, caller.owner))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=READ_PROBLEMS, dependencies=[_MANAGE])
async def delete_webhook(webhook_id: WebhookId, desk: DeskDep, caller: CallerDep) -> None:
    """Tell this address nothing more, and forget the messages to it."""
    await desk.store.remove(webhook_id, caller.owner)


@router.post("/webhooks/{webhook_id}/rotate", responses=CHANGE_PROBLEMS, dependencies=[_MANAGE])
async def rotate_secret(webhook_id: WebhookId, desk: DeskDep, caller: CallerDep) -> NewWebhookView:
    """Make a new secret. For 24 hours the one before signs as well, so that no message is lost meanwhile."""
    return NewWebhookView.of(await desk.store.rotate(webhook_id, caller.owner, SHARED))


@router.get("/webhooks/{webhook_id}/deliveries", responses=READ_PROBLEMS, dependencies=[_LOOK])
async def list_deliveries(
    webhook_id: WebhookId,
    asked: Annotated[DeliveryListing, Query()],
    desk: DeskDep,
    caller: CallerDep,
    response: Response,
) -> DeliveriesView:
    """Messages to a webhook of the last 30 days, the newest first; `state=dead` lists those that were given up."""
    found = await desk.store.deliveries(
        webhook_id, caller.owner, state=asked.state, before=asked.before, limit=asked.limit + 1
    )
    page, following = page_of(found, asked, f"{PATH}/{webhook_id}/deliveries", response)
    return DeliveriesView(deliveries=[DeliveryView.of(one) for one in page], next_cursor=following)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=CHANGE_PROBLEMS,
    dependencies=[_LOOK],
)
async def redeliver(webhook_id: WebhookId, delivery_id: DeliveryId, desk: DeskDep, caller: CallerDep) -> DeliveryView:
    """Try a message anew from now on, whether it was given up or taken: its id and bytes stay the same."""
    return DeliveryView.of(await desk.store.redeliver(webhook_id, caller.owner, delivery_id))
