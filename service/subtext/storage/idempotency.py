"""Repository of idempotency keys over SQL: claims under a lease, and stored responses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, select, update

from subtext.storage.database import ensure_utc, insert_on_conflict_do_nothing
from subtext.storage.tables import IDEMPOTENCY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.clock import Clock
    from subtext.storage.database import Database


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Identify a request: its owner, its route, and the key that the caller sent."""

    owner: str
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Say that this claim may answer the request; `since` is when the request first came, before any takeover."""

    since: datetime


@dataclass(frozen=True, slots=True)
class InProgress:
    """Say that another claim is answering the request; `fingerprint` is None until that has read the whole body."""

    fingerprint: str | None
    lease_left: timedelta


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """Hold the response to a request, and the fingerprint of what was asked."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


class SqlIdempotencyRepository:
    """Store requests by idempotency key; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def claim(
        self, request: IdempotencyKey, claim_id: str, fingerprint: str | None, lease: timedelta
    ) -> Claimed | InProgress | StoredResponse:
        """Claim a request, or return how far another claim has come with it."""
        while True:
            now = self._clock.now()
            claim = {"holder": claim_id, "fingerprint": fingerprint, "lease_until": now + lease}
            async with self._database.transaction() as connection:
                state = await self._try_claim(connection, request, claim, now)
            if state is not None:
                return state

    async def _try_claim(
        self, connection: AsyncConnection, request: IdempotencyKey, claim: dict[str, Any], now: datetime
    ) -> Claimed | InProgress | StoredResponse | None:
        """Claim a request if it is new or its lease has expired; None if another claim was faster: look again."""
        # Reading first spares waiting requests a write at each poll.
        row = (await connection.execute(select(IDEMPOTENCY).where(_key_matches(request)))).one_or_none()
        if row is None:
            identity = {"owner": request.owner, "route": request.route, "key": request.key, "created_at": now}
            insert = insert_on_conflict_do_nothing(self._database, IDEMPOTENCY).values(**identity, **claim)
            is_new = (await connection.execute(insert.returning(IDEMPOTENCY.c.key))).one_or_none() is not None
            return Claimed(now) if is_new else None
        if row.status is not None:
            return _to_stored_response(row)
        lease_left = ensure_utc(row.lease_until) - now
        if lease_left > timedelta(0):
            return InProgress(row.fingerprint, lease_left)
        expired = _key_matches(request) & IDEMPOTENCY.c.status.is_(None) & (IDEMPOTENCY.c.lease_until <= now)
        is_taken_over = (await connection.execute(update(IDEMPOTENCY).where(expired).values(**claim))).rowcount == 1
        return Claimed(ensure_utc(row.created_at)) if is_taken_over else None

    async def extend(self, request: IdempotencyKey, claim_id: str, lease: timedelta) -> None:
        """Extend the lease of a request that is being answered."""
        claimed = _key_matches(request) & (IDEMPOTENCY.c.holder == claim_id)
        async with self._database.transaction() as connection:
            until = self._clock.now() + lease
            await connection.execute(update(IDEMPOTENCY).where(claimed).values(lease_until=until))

    async def complete(self, request: IdempotencyKey, claim_id: str, response: StoredResponse) -> None:
        """Store the response, unless another claim has taken the request over."""
        claimed = _key_matches(request) & (IDEMPOTENCY.c.holder == claim_id)
        values = {
            "fingerprint": response.fingerprint,
            "status": response.status,
            "headers": json.dumps(response.headers),
            "body": response.body,
        }
        async with self._database.transaction() as connection:
            await connection.execute(update(IDEMPOTENCY).where(claimed).values(**values))

    async def release(self, request: IdempotencyKey, claim_id: str) -> None:
        """Release a request that failed, so that its key is free again."""
        claimed = _key_matches(request) & (IDEMPOTENCY.c.holder == claim_id) & IDEMPOTENCY.c.status.is_(None)
        async with self._database.transaction() as connection:
            await connection.execute(delete(IDEMPOTENCY).where(claimed))

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older requests, and return their number."""
        async with self._database.transaction() as connection:
            old = IDEMPOTENCY.c.created_at < moment
            return (await connection.execute(delete(IDEMPOTENCY).where(old))).rowcount


def _key_matches(request: IdempotencyKey) -> ColumnElement[bool]:
    columns = IDEMPOTENCY.c
    return and_(columns.owner == request.owner, columns.route == request.route, columns.key == request.key)


def _to_stored_response(row: Row[Any]) -> StoredResponse:
    return StoredResponse(row.fingerprint, row.status, json.loads(row.headers or "{}"), row.body or b"")
