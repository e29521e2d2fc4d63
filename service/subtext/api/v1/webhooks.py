"""Webhooks: addresses that are told when a batch has ended, as Standard Webhooks has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from subtext.api.openapi import CHANGE_PROBLEMS, READ_PROBLEMS
from subtext.domain.webhook import DeliveryState
from subtext.http.deps import CallerDep, WebhookServiceDep, require_scope
from subtext.http.pagination import PageParams, paginate
from subtext.http.strict_requests import StrictRoute
from subtext.schemas.requests import WebhookCreate
from subtext.schemas.webhook import (
    WEBHOOKS_PATH,
    DeliveriesView,
    DeliveryView,
    NewWebhookView,
    WebhooksView,
    WebhookView,
)
from subtext.webhooks.service import SECRET_OVERLAP

router = APIRouter(tags=["webhooks"], route_class=StrictRoute)
_ADMIN, _READ = require_scope("admin"), require_scope("batch")
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f-]{36}$", description="As in `id` of a webhook.")]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f-]{36}$", description="As in `id` of a delivery.")]


class DeliveryListing(PageParams):
    """Which messages are asked for, and how many at a time."""

    state: DeliveryState | None = None


@router.post("/webhooks", status_code=201, responses=CHANGE_PROBLEMS, dependencies=[_ADMIN])
async def create_webhook(
    ask: WebhookCreate, service: WebhookServiceDep, caller: CallerDep, response: Response
) -> NewWebhookView:
    """Ask to be told when batches end. The answer has the secret that signs the messages, this once."""
    webhook = await service.add(caller.owner, ask.url, frozenset(ask.events))
    response.headers["Location"] = f"{WEBHOOKS_PATH}/{webhook.id}"
    return NewWebhookView.of(webhook)


@router.get("/webhooks", responses=READ_PROBLEMS, dependencies=[_READ])
async def list_webhooks(service: WebhookServiceDep, caller: CallerDep) -> WebhooksView:
    """The caller's webhooks."""
    return WebhooksView(
        webhooks=[WebhookView.of(webhook) for webhook in await service.repository.list_webhooks(caller.owner)]
    )


@router.get("/webhooks/{webhook_id}", responses=READ_PROBLEMS, dependencies=[_READ])
async def get_webhook(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> WebhookView:
    """One webhook."""
    return WebhookView.of(await service.repository.get(webhook_id, caller.owner))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=READ_PROBLEMS, dependencies=[_ADMIN])
async def delete_webhook(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> None:
    """Tell this address nothing more, and forget the messages to it."""
    await service.repository.delete(webhook_id, caller.owner)


@router.post("/webhooks/{webhook_id}/rotate", responses=CHANGE_PROBLEMS, dependencies=[_ADMIN])
async def rotate_secret(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> NewWebhookView:
    """Make a new secret. For 24 hours the one before signs as well, so that no message is lost meanwhile."""
    return NewWebhookView.of(await service.repository.rotate(webhook_id, caller.owner, SECRET_OVERLAP))


@router.get("/webhooks/{webhook_id}/deliveries", responses=READ_PROBLEMS, dependencies=[_READ])
async def list_deliveries(
    webhook_id: WebhookId,
    asked: Annotated[DeliveryListing, Query()],
    service: WebhookServiceDep,
    caller: CallerDep,
    response: Response,
) -> DeliveriesView:
    """Messages to a webhook of the last 30 days, the newest first; `state=dead` lists those that were given up."""
    found = await service.repository.deliveries(
        webhook_id, caller.owner, state=asked.state, before=asked.after_id, limit=asked.limit + 1
    )
    page, following = paginate(found, asked, f"{WEBHOOKS_PATH}/{webhook_id}/deliveries", response)
    return DeliveriesView(deliveries=[DeliveryView.of(one) for one in page], next_cursor=following)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=CHANGE_PROBLEMS,
    dependencies=[_READ],
)
async def redeliver(
    webhook_id: WebhookId, delivery_id: DeliveryId, service: WebhookServiceDep, caller: CallerDep
) -> DeliveryView:
    """Try a message anew from now on, whether it was given up or taken: its id and bytes stay the same."""
    return DeliveryView.of(await service.repository.redeliver(webhook_id, caller.owner, delivery_id))
