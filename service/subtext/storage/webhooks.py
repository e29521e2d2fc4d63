"""Webhooks and the messages to them, in a SQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from subtext.domain.webhook import (
    EVENT_BY_STATE,
    WEBHOOKS_MAX,
    DeliveryState,
    Event,
    Webhook,
    WebhookDelivery,
    build_payload,
    new_secret,
)
from subtext.errors import DeliveryNotFound, WebhookLimitReached, WebhookNotFound
from subtext.ids import uuid7
from subtext.storage.database import ensure_utc
from subtext.storage.tables import BATCHES, WEBHOOK_DELIVERIES, WEBHOOKS
from subtext.storage.work_queue import claim_next, update_claimed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.clock import Clock
    from subtext.domain.batch import BatchState, ItemState
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

_UNKNOWN = "there is no such webhook: GET /v1/webhooks lists yours"
_KEPT_STATES = (DeliveryState.DELIVERED, DeliveryState.DEAD)
_KEY = WEBHOOK_DELIVERIES.c.id


class SqlWebhookRepository:
    """A `WebhookStore` over a database that somebody else opens and closes; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def add(self, owner: Owner, url: str, events: frozenset[Event]) -> Webhook:
        """A new webhook with its secret; raises `WebhookLimitReached`."""
        now = self._clock.now()
        made = Webhook(f"wh_{uuid7(now)}", owner, url, events, new_secret(), now)
        row = {"id": made.id, "owner": owner, "url": url, "events": " ".join(sorted(events)), "secret": made.secret}
        async with self._database.transaction() as connection:
            count = await connection.scalar(select(func.count()).where(WEBHOOKS.c.owner == owner))
            if (count or 0) >= WEBHOOKS_MAX:
                raise WebhookLimitReached(f"there are {WEBHOOKS_MAX} webhooks already: delete one that is not needed")
            await connection.execute(insert(WEBHOOKS).values(**row, created_at=now))
        return made

    async def list_webhooks(self, owner: Owner) -> list[Webhook]:
        """The owner's webhooks, the newest first: no more than an owner may have."""
        mine = select(WEBHOOKS).where(WEBHOOKS.c.owner == owner).order_by(WEBHOOKS.c.id.desc())
        async with self._database.transaction() as connection:
            return [_webhook(row) for row in (await connection.execute(mine)).all()]

    async def get(self, webhook_id: str, owner: Owner) -> Webhook:
        """One of the owner's webhooks; raises `WebhookNotFound`."""
        async with self._database.transaction() as connection:
            return await _found(connection, webhook_id, owner)

    async def delete(self, webhook_id: str, owner: Owner) -> None:
        """Forget a webhook, and the messages to it; raises `WebhookNotFound`."""
        async with self._database.transaction() as connection:
            if (await connection.execute(delete(WEBHOOKS).where(_owned_by(webhook_id, owner)))).rowcount != 1:
                raise WebhookNotFound(_UNKNOWN)

    async def rotate(self, webhook_id: str, owner: Owner, overlap: timedelta) -> Webhook:
        """The webhook with a new secret; the one before signs as well for as long as `overlap`."""
        until = self._clock.now() + overlap
        async with self._database.transaction() as connection:
            # The old secret is the column's own value, so that of two rotations at once none is lost.
            values = {"old_secret": WEBHOOKS.c.secret, "secret": new_secret(), "old_until": until}
            await connection.execute(update(WEBHOOKS).where(_owned_by(webhook_id, owner)).values(**values))
            return await _found(connection, webhook_id, owner)

    async def deliveries(
        self, webhook_id: str, owner: Owner, *, state: DeliveryState | None, before: str | None, limit: int
    ) -> list[WebhookDelivery]:
        """Messages to a webhook, the newest first; raises `WebhookNotFound`."""
        wanted = select(WEBHOOK_DELIVERIES).where(WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
        if state is not None:
            wanted = wanted.where(WEBHOOK_DELIVERIES.c.state == state)
        if before is not None:
            wanted = wanted.where(WEBHOOK_DELIVERIES.c.id < before)
        async with self._database.transaction() as connection:
            await _found(connection, webhook_id, owner)
            rows = (await connection.execute(wanted.order_by(_KEY.desc()).limit(limit))).all()
        return [_delivery(row) for row in rows]

    async def redeliver(self, webhook_id: str, owner: Owner, delivery_id: str) -> WebhookDelivery:
        """A message that is tried anew from now on, all its tries again.

        Raises `WebhookNotFound`, `DeliveryNotFound`.
        """
        this = (WEBHOOK_DELIVERIES.c.id == delivery_id) & (WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
        anew = {"state": DeliveryState.WAITING, "tries": 0, "free_at": self._clock.now()}
        changing = update(WEBHOOK_DELIVERIES).where(this).values(**anew).returning(*WEBHOOK_DELIVERIES.c)
        async with self._database.transaction() as connection:
            await _found(connection, webhook_id, owner)
            row = (await connection.execute(changing)).one_or_none()
            if row is None:
                raise DeliveryNotFound("there is no such message to this webhook, or it is kept no longer")
            await connection.execute(update(WEBHOOKS).where(_owned_by(webhook_id, owner)).values(disabled_at=None))
        return _delivery(row)

    async def claim_next(self, lease: timedelta) -> tuple[Webhook, WebhookDelivery] | None:
        """The message that waits longest, ours for as long as the lease."""
        row = await claim_next(self._database, _KEY, self._clock.now(), lease)
        if row is None:
            return None
        async with self._database.transaction() as connection:
            found = (await connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.id == row.webhook_id))).one_or_none()
        return None if found is None else (_webhook(found), _delivery(row))

    async def mark_delivered(self, delivery: WebhookDelivery, status: int) -> None:
        """It was taken."""
        await self._settle(delivery, DeliveryState.DELIVERED, status, None)

    async def reschedule(self, delivery: WebhookDelivery, wait: timedelta, *, status: int | None, error: str) -> None:
        """It was not taken: let it be tried again after a while."""
        await self._settle(delivery, DeliveryState.WAITING, status, error, free_at=self._clock.now() + wait)

    async def mark_dead(self, delivery: WebhookDelivery, *, status: int | None, error: str) -> None:
        """It was not taken, and is tried no more."""
        await self._settle(delivery, DeliveryState.DEAD, status, error)

    async def disable(self, webhook_id: str) -> None:
        """Tell this webhook nothing more, until somebody asks for a redelivery."""
        async with self._database.transaction() as connection:
            gone = update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id)
            await connection.execute(gone.values(disabled_at=self._clock.now()))

    async def delete_older_than(self, moment: datetime) -> int:
        """How many settled messages were forgotten because they are older."""
        old = WEBHOOK_DELIVERIES.c.state.in_(_KEPT_STATES) & (WEBHOOK_DELIVERIES.c.created_at < moment)
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(WEBHOOK_DELIVERIES).where(old))).rowcount

    async def _settle(
        self, delivery: WebhookDelivery, state: DeliveryState, status: int | None, error: str | None, **more: object
    ) -> None:
        values = {"state": state, "last_status": status, "last_error": error, **more}
        await update_claimed(self._database, _KEY, delivery.id, **values)


async def enqueue_deliveries(
    connection: AsyncConnection, batch_id: str, state: BatchState, counts: Mapping[ItemState, int], now: datetime
) -> None:
    """Messages to all who want to hear that the batch has ended so, in the transaction that ends it."""
    event = EVENT_BY_STATE.get(state)
    if event is None:
        return
    owner = select(BATCHES.c.owner).where(BATCHES.c.id == batch_id).scalar_subquery()
    subscribed = select(WEBHOOKS).where(WEBHOOKS.c.owner == owner, WEBHOOKS.c.disabled_at.is_(None))
    subscribers = [row.id for row in await connection.execute(subscribed) if event in _events(row)]
    if subscribers:
        body = build_payload(event, batch_id, counts, now)
        row = {"event": event, "body": body, "state": DeliveryState.WAITING, "tries": 0}
        moments = {"created_at": now, "free_at": now}
        rows = [{"id": f"msg_{uuid7(now)}", "webhook_id": hearer, **row, **moments} for hearer in subscribers]
        await connection.execute(insert(WEBHOOK_DELIVERIES), rows)


async def _found(connection: AsyncConnection, webhook_id: str, owner: Owner) -> Webhook:
    row = (await connection.execute(select(WEBHOOKS).where(_owned_by(webhook_id, owner)))).one_or_none()
    if row is None:
        raise WebhookNotFound(_UNKNOWN)
    return _webhook(row)


def _owned_by(webhook_id: str, owner: Owner) -> ColumnElement[bool]:
    return (WEBHOOKS.c.id == webhook_id) & (WEBHOOKS.c.owner == owner)


def _events(row: Row[Any]) -> frozenset[Event]:
    return frozenset(Event(word) for word in row.events.split())


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        owner=row.owner,
        url=row.url,
        events=_events(row),
        secret=row.secret,
        created_at=ensure_utc(row.created_at),
        old_secret=row.old_secret,
        old_secret_expires_at=None if row.old_until is None else ensure_utc(row.old_until),
        disabled_at=None if row.disabled_at is None else ensure_utc(row.disabled_at),
    )


def _delivery(row: Row[Any]) -> WebhookDelivery:
    state = DeliveryState(row.state)
    return WebhookDelivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event=Event(row.event),
        body=row.body,
        state=state,
        tries=row.tries,
        created_at=ensure_utc(row.created_at),
        next_at=ensure_utc(row.free_at) if state is DeliveryState.WAITING else None,
        last_status=row.last_status,
        last_error=row.last_error,
    )
