"""Requests that are known again, and what they were answered, in a SQL database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, select, update

from subtext.storage.database import ensure_utc, insert_ignore
from subtext.storage.tables import IDEMPOTENCY

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement

    from subtext.clock import Clock
    from subtext.storage.database import Database


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What a request is known by: whose it is, where it went, and the key that the caller gave it."""

    owner: str
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A request as it is kept: `status` is None while it is being answered, `fingerprint` while it is being read."""

    fingerprint: str | None
    status: int | None
    headers: dict[str, str]
    body: bytes


class SqlIdempotencyRepository:
    """Requests by their keys; raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def claim(
        self, request: IdempotencyKey, holder: str, fingerprint: str | None, lease: timedelta
    ) -> StoredResponse | None:
        """None where this holder is to answer it; else the request as another holds or has answered it."""
        now = self._clock.now()
        new = {"owner": request.owner, "route": request.route, "key": request.key, "fingerprint": fingerprint}
        row = {**new, "holder": holder, "lease_until": now + lease, "created_at": now}
        inserting = insert_ignore(self._database, IDEMPOTENCY).values(**row).returning(IDEMPOTENCY.c.key)
        async with self._database.transaction() as connection:
            # Reading first spares those who wait a write each time that they look.
            found = (await connection.execute(select(IDEMPOTENCY).where(_key_matches(request)))).one_or_none()
            if found is None:
                if (await connection.execute(inserting)).one_or_none() is not None:
                    return None
                found = (await connection.execute(select(IDEMPOTENCY).where(_key_matches(request)))).one()
            if found.status is None and ensure_utc(found.lease_until) <= now:
                taking = _key_matches(request) & (IDEMPOTENCY.c.holder == found.holder) & IDEMPOTENCY.c.status.is_(None)
                values = {"holder": holder, "fingerprint": fingerprint, "lease_until": now + lease}
                if (await connection.execute(update(IDEMPOTENCY).where(taking).values(**values))).rowcount == 1:
                    return None
        return _stored_response(found)

    async def extend(self, request: IdempotencyKey, holder: str, lease: timedelta) -> None:
        """Keep a request that is being answered for longer."""
        held = _key_matches(request) & (IDEMPOTENCY.c.holder == holder)
        async with self._database.transaction() as connection:
            until = self._clock.now() + lease
            await connection.execute(update(IDEMPOTENCY).where(held).values(lease_until=until))

    async def complete(self, request: IdempotencyKey, holder: str, answered: StoredResponse) -> None:
        """Keep the answer, if the request is still this holder's."""
        held = _key_matches(request) & (IDEMPOTENCY.c.holder == holder)
        values = {
            "fingerprint": answered.fingerprint,
            "status": answered.status,
            "headers": json.dumps(answered.headers),
            "body": answered.body,
        }
        async with self._database.transaction() as connection:
            await connection.execute(update(IDEMPOTENCY).where(held).values(**values))

    async def release(self, request: IdempotencyKey, holder: str) -> None:
        """Forget a request that came to nothing: the key is free again."""
        held = _key_matches(request) & (IDEMPOTENCY.c.holder == holder) & IDEMPOTENCY.c.status.is_(None)
        async with self._database.transaction() as connection:
            await connection.execute(delete(IDEMPOTENCY).where(held))

    async def delete_older_than(self, moment: datetime) -> int:
        """How many requests were forgotten because they are older."""
        async with self._database.transaction() as connection:
            old = IDEMPOTENCY.c.created_at < moment
            return (await connection.execute(delete(IDEMPOTENCY).where(old))).rowcount


def _key_matches(request: IdempotencyKey) -> ColumnElement[bool]:
    columns = IDEMPOTENCY.c
    return and_(columns.owner == request.owner, columns.route == request.route, columns.key == request.key)


def _stored_response(row: Row[Any]) -> StoredResponse:
    return StoredResponse(row.fingerprint, row.status, json.loads(row.headers or "{}"), row.body or b"")
