"""Repository of webhooks and their messages over SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, not_, select, update

from subtext.domain.webhook import (
    EVENT_BY_STATE,
    Delivery,
    DeliveryState,
    Event,
    Webhook,
    build_payload,
    new_secret,
)
from subtext.errors import DeliveryInProgress, DeliveryNotFound, WebhookLimitReached, WebhookNotFound
from subtext.ids import uuid7
from subtext.storage.database import ensure_utc, lock_until_commit
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

_NOT_FOUND = "there is no such webhook: GET /v1/webhooks lists yours"
_NO_DELIVERY = "there is no such message to this webhook, or it is kept no longer"
_IN_PROGRESS = (
    "the message is being sent at this moment: see in the webhook's list of deliveries how that ends, and ask again if "
    "it was not taken"
)
_SETTLED_STATES = (DeliveryState.DELIVERED, DeliveryState.DEAD)
_KEY = WEBHOOK_DELIVERIES.c.id


class SqlWebhookRepository:
    """Store webhooks in a database that the caller opens and closes; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock, *, max_per_owner: int) -> None:
        self._database, self._clock, self._max_per_owner = database, clock, max_per_owner

    async def add(self, owner: Owner, url: str, events: frozenset[Event], description: str | None = None) -> Webhook:
        """Add a webhook with a new secret; raises `WebhookLimitReached`."""
        now = self._clock.now()
        webhook = Webhook(f"wh_{uuid7(now)}", owner, url, events, new_secret(), now, description=description)
        row = {
            "id": webhook.id,
            "owner": owner,
            "url": url,
            "events": " ".join(sorted(events)),
            "secret": webhook.secret,
            "description": description,
        }
        async with self._database.transaction() as connection:
            await lock_until_commit(connection, f"webhooks of {owner}")
            count = await connection.scalar(select(func.count()).where(WEBHOOKS.c.owner == owner))
            if (count or 0) >= self._max_per_owner:
                raise WebhookLimitReached(
                    f"there are {count} webhooks already, and an owner may have {self._max_per_owner}: delete one that "
                    "is not needed, or have the operator raise SUBTEXT_WEBHOOKS_MAX_PER_OWNER"
                )
            await connection.execute(insert(WEBHOOKS).values(**row, created_at=now))
        return webhook

    async def list_webhooks(self, owner: Owner) -> list[Webhook]:
        """List the owner's webhooks, newest first: all of them, without pages."""
        query = select(WEBHOOKS).where(WEBHOOKS.c.owner == owner).order_by(WEBHOOKS.c.id.desc())
        async with self._database.transaction() as connection:
            return [_to_webhook(row) for row in (await connection.execute(query)).all()]

    async def get(self, webhook_id: str, owner: Owner) -> Webhook:
        """Return one of the owner's webhooks; raises `WebhookNotFound`."""
        async with self._database.transaction() as connection:
            return await _require_webhook(connection, webhook_id, owner)

    async def delete(self, webhook_id: str, owner: Owner) -> None:
        """Delete a webhook, and the messages to it; raises `WebhookNotFound`."""
        async with self._database.transaction() as connection:
            if (await connection.execute(delete(WEBHOOKS).where(_owner_matches(webhook_id, owner)))).rowcount != 1:
                raise WebhookNotFound(_NOT_FOUND)

    async def rotate(self, webhook_id: str, owner: Owner, overlap: timedelta) -> Webhook:
        """Rotate the secret; the old one signs as well for as long as `overlap`."""
        until = self._clock.now() + overlap
        async with self._database.transaction() as connection:
            # The old secret is the column's own value, so that of two rotations at once none is lost.
            values = {"old_secret": WEBHOOKS.c.secret, "secret": new_secret(), "old_until": until}
            await connection.execute(update(WEBHOOKS).where(_owner_matches(webhook_id, owner)).values(**values))
            return await _require_webhook(connection, webhook_id, owner)

    async def list_deliveries(
        self, webhook_id: str, owner: Owner, *, state: DeliveryState | None, before: str | None, limit: int
    ) -> list[Delivery]:
        """List messages to a webhook, newest first; raises `WebhookNotFound`."""
        query = select(WEBHOOK_DELIVERIES).where(WEBHOOK_DELIVERIES.c.webhook_id == webhook_id)
        if state is not None:
            query = query.where(WEBHOOK_DELIVERIES.c.state == state)
        if before is not None:
            query = query.where(WEBHOOK_DELIVERIES.c.id < before)
        async with self._database.transaction() as connection:
            await _require_webhook(connection, webhook_id, owner)
            rows = (await connection.execute(query.order_by(_KEY.desc()).limit(limit))).all()
        return [_to_delivery(row) for row in rows]

    async def redeliver(self, webhook_id: str, owner: Owner, delivery_id: str) -> Delivery:
        """Make a message due now with all its retries; the webhook is enabled again.

        Raises `WebhookNotFound`, `DeliveryNotFound`, and `DeliveryInProgress` while a dispatcher is sending it.
        """
        columns, now = WEBHOOK_DELIVERIES.c, self._clock.now()
        message = (columns.id == delivery_id) & (columns.webhook_id == webhook_id)
        is_leased = (columns.state == DeliveryState.RUNNING) & (columns.free_at > now)
        values = {"state": DeliveryState.WAITING, "earlier_tries": columns.tries, "free_at": now}
        statement = update(WEBHOOK_DELIVERIES).where(message, not_(is_leased)).values(**values).returning(*columns)
        async with self._database.transaction() as connection:
            await _require_webhook(connection, webhook_id, owner)
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                is_known = await connection.scalar(select(columns.id).where(message)) is not None
                raise DeliveryInProgress(_IN_PROGRESS) if is_known else DeliveryNotFound(_NO_DELIVERY)
            await connection.execute(update(WEBHOOKS).where(_owner_matches(webhook_id, owner)).values(disabled_at=None))
        return _to_delivery(row)

    async def claim_next(self, lease: timedelta) -> tuple[Webhook, Delivery] | None:
        """Claim the oldest due message under a lease; None if there is none."""
        row = await claim_next(self._database, _KEY, self._clock.now(), lease)
        if row is None:
            return None
        async with self._database.transaction() as connection:
            webhook_row = (
                await connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.id == row.webhook_id))
            ).one_or_none()
        return None if webhook_row is None else (_to_webhook(webhook_row), _to_delivery(row))

    async def mark_delivered(self, delivery: Delivery, status: int) -> None:
        """Record that the receiver accepted the message, also if another worker has claimed it since."""
        values: dict[str, Any] = {"state": DeliveryState.DELIVERED, "last_status": status, "last_error": None}
        await update_claimed(self._database, _KEY, delivery.id, **values)

    async def reschedule(self, delivery: Delivery, wait: timedelta, *, status: int | None, error: str) -> None:
        """Record a failed attempt, and retry after `wait`, unless another worker has claimed the message since."""
        await self._fail(delivery, DeliveryState.WAITING, status, error, free_at=self._clock.now() + wait)

    async def mark_dead(self, delivery: Delivery, *, status: int | None, error: str) -> None:
        """Record that the message is given up, unless another worker has claimed it since."""
        await self._fail(delivery, DeliveryState.DEAD, status, error)

    async def disable(self, webhook_id: str) -> None:
        """Disable a webhook until a redelivery is requested."""
        async with self._database.transaction() as connection:
            statement = update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id)
            await connection.execute(statement.values(disabled_at=self._clock.now()))

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older settled messages, and return their number."""
        old = WEBHOOK_DELIVERIES.c.state.in_(_SETTLED_STATES) & (WEBHOOK_DELIVERIES.c.created_at < moment)
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(WEBHOOK_DELIVERIES).where(old))).rowcount

    async def _fail(
        self, delivery: Delivery, state: DeliveryState, status: int | None, error: str, **columns: Any
    ) -> None:
        values = {"state": state, "last_status": status, "last_error": error, **columns}
        await update_claimed(self._database, _KEY, delivery.id, claimed_tries=delivery.tries, **values)


async def enqueue_deliveries(
    connection: AsyncConnection, batch_id: str, state: BatchState, counts: Mapping[ItemState, int], now: datetime
) -> None:
    """Enqueue a message to every webhook that subscribes to the batch's end, in the transaction that ends it."""
    event = EVENT_BY_STATE.get(state)
    if event is None:
        return
    owner = select(BATCHES.c.owner).where(BATCHES.c.id == batch_id).scalar_subquery()
    query = select(WEBHOOKS).where(WEBHOOKS.c.owner == owner, WEBHOOKS.c.disabled_at.is_(None))
    # Shared, as one that is deleted meanwhile would fail the whole transaction.
    webhooks = await connection.execute(query.with_for_update(read=True, key_share=True))
    subscribers = [row.id for row in webhooks if event in _parse_events(row)]
    if subscribers:
        body = build_payload(event, batch_id, counts, now)
        row = {"event": event, "body": body, "state": DeliveryState.WAITING, "tries": 0}
        times = {"created_at": now, "free_at": now}
        rows = [{"id": f"msg_{uuid7(now)}", "webhook_id": webhook_id, **row, **times} for webhook_id in subscribers]
        await connection.execute(insert(WEBHOOK_DELIVERIES), rows)


async def _require_webhook(connection: AsyncConnection, webhook_id: str, owner: Owner) -> Webhook:
    row = (await connection.execute(select(WEBHOOKS).where(_owner_matches(webhook_id, owner)))).one_or_none()
    if row is None:
        raise WebhookNotFound(_NOT_FOUND)
    return _to_webhook(row)


def _owner_matches(webhook_id: str, owner: Owner) -> ColumnElement[bool]:
    return (WEBHOOKS.c.id == webhook_id) & (WEBHOOKS.c.owner == owner)


def _parse_events(row: Row[Any]) -> frozenset[Event]:
    return frozenset(Event(word) for word in row.events.split())


def _to_webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        owner=row.owner,
        url=row.url,
        events=_parse_events(row),
        secret=row.secret,
        created_at=ensure_utc(row.created_at),
        old_secret=row.old_secret,
        old_secret_expires_at=None if row.old_until is None else ensure_utc(row.old_until),
        disabled_at=None if row.disabled_at is None else ensure_utc(row.disabled_at),
        description=row.description,
    )


def _to_delivery(row: Row[Any]) -> Delivery:
    state = DeliveryState(row.state)
    return Delivery(
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
        earlier_tries=row.earlier_tries or 0,
    )
