"""Webhooks: addresses that are told when a batch has ended, as Standard Webhooks has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from subtext.api.callers import CallerDep, needs
from subtext.api.cursors import PageAsk, page_of
from subtext.api.deps import get_services
from subtext.api.openapi import CHANGE_PROBLEMS, READ_PROBLEMS
from subtext.api.requests import StrictRoute
from subtext.batches.webhooks import DeliveryState
from subtext.domain.errors import BatchesUnavailable
from subtext.schemas.requests import WebhookCreate
from subtext.schemas.webhook import (
    WEBHOOKS_PATH,
    DeliveriesView,
    DeliveryView,
    NewWebhookView,
    WebhooksView,
    WebhookView,
)
from subtext.webhooks.desk import SHARED, WebhookDesk

router = APIRouter(tags=["webhooks"], route_class=StrictRoute)
_MANAGE, _LOOK = needs("admin"), needs("batch")
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f-]{36}$", description="As in `id` of a webhook.")]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f-]{36}$", description="As in `id` of a delivery.")]


async def _desk(request: Request) -> WebhookDesk:
    desk = get_services(request).webhooks
    if desk is None:
        raise BatchesUnavailable(
            "this service takes no batches, so there is nothing to tell: set SUBTEXT_BATCHES_ENABLED=true"
        )
    return desk


DeskDep = Annotated[WebhookDesk, Depends(_desk)]


class DeliveryListing(PageAsk):
    """Which messages are asked for, and how many at a time."""

    state: DeliveryState | None = None


@router.post("/webhooks", status_code=201, responses=CHANGE_PROBLEMS, dependencies=[_MANAGE])
async def create_webhook(ask: WebhookCreate, desk: DeskDep, caller: CallerDep, response: Response) -> NewWebhookView:
    """Ask to be told when batches end. The answer has the secret that signs the messages, this once."""
    made = await desk.add(caller.owner, ask.url, frozenset(ask.events))
    response.headers["Location"] = f"{WEBHOOKS_PATH}/{made.id}"
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
    page, following = page_of(found, asked, f"{WEBHOOKS_PATH}/{webhook_id}/deliveries", response)
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
