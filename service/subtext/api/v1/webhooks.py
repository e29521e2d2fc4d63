"""Endpoints of webhooks: register addresses that get a signed message when a batch ends (Standard Webhooks)."""

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
_ADMIN, _BATCH = require_scope("admin"), require_scope("batch")
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f-]{36}$", description="As in `id` of a webhook.")]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f-]{36}$", description="As in `id` of a delivery.")]


class DeliveryListParams(PageParams):
    """Parse the query parameters of the list of deliveries: state, cursor and limit."""

    state: DeliveryState | None = None


@router.post("/webhooks", status_code=201, responses=CHANGE_PROBLEMS, dependencies=[_ADMIN])
async def create_webhook(
    body: WebhookCreate, service: WebhookServiceDep, caller: CallerDep, response: Response
) -> NewWebhookView:
    """Register a webhook for the end of batches. Only this answer has the secret that signs its messages."""
    webhook = await service.add(caller.owner, body.url, frozenset(body.events), body.description)
    response.headers["Location"] = f"{WEBHOOKS_PATH}/{webhook.id}"
    return NewWebhookView.of(webhook)


@router.get("/webhooks", responses=READ_PROBLEMS, dependencies=[_BATCH])
async def list_webhooks(service: WebhookServiceDep, caller: CallerDep) -> WebhooksView:
    """List your webhooks."""
    return WebhooksView(
        webhooks=[WebhookView.of(webhook) for webhook in await service.repository.list_webhooks(caller.owner)]
    )


@router.get("/webhooks/{webhook_id}", responses=READ_PROBLEMS, dependencies=[_BATCH])
async def get_webhook(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> WebhookView:
    """Return a webhook."""
    return WebhookView.of(await service.repository.get(webhook_id, caller.owner))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=READ_PROBLEMS, dependencies=[_ADMIN])
async def delete_webhook(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> None:
    """Delete a webhook, and the messages to it."""
    await service.repository.delete(webhook_id, caller.owner)


@router.post("/webhooks/{webhook_id}/rotate", responses=CHANGE_PROBLEMS, dependencies=[_ADMIN])
async def rotate_secret(webhook_id: WebhookId, service: WebhookServiceDep, caller: CallerDep) -> NewWebhookView:
    """Rotate the secret. The old one signs as well for 24 hours, so that no message is rejected meanwhile."""
    return NewWebhookView.of(await service.repository.rotate(webhook_id, caller.owner, SECRET_OVERLAP))


@router.get("/webhooks/{webhook_id}/deliveries", responses=READ_PROBLEMS, dependencies=[_BATCH])
async def list_deliveries(
    webhook_id: WebhookId,
    params: Annotated[DeliveryListParams, Query()],
    service: WebhookServiceDep,
    caller: CallerDep,
    response: Response,
) -> DeliveriesView:
    """List the messages to a webhook of the last 30 days, newest first; `state=dead` lists those given up."""
    deliveries = await service.repository.list_deliveries(
        webhook_id, caller.owner, state=params.state, before=params.after_id, limit=params.limit + 1
    )
    page, next_cursor = paginate(deliveries, params, f"{WEBHOOKS_PATH}/{webhook_id}/deliveries", response)
    return DeliveriesView(deliveries=[DeliveryView.of(delivery) for delivery in page], next_cursor=next_cursor)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=CHANGE_PROBLEMS,
    dependencies=[_BATCH],
)
async def redeliver(
    webhook_id: WebhookId, delivery_id: DeliveryId, service: WebhookServiceDep, caller: CallerDep
) -> DeliveryView:
    """Deliver a message again, whether it was given up or delivered: its id and its bytes stay the same.

    One that is being sent at this moment is refused with 409.
    """
    return DeliveryView.of(await service.repository.redeliver(webhook_id, caller.owner, delivery_id))
