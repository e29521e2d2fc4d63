"""Repository of API keys, stored as digests."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, insert, select, update

from subtext.domain.caller import ApiKey
from subtext.storage.database import ensure_utc
from subtext.storage.tables import API_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.storage.database import Database


class SqlApiKeyRepository:
    """Store API keys in a database that the caller opens and closes; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey) -> None:
        """Add a new key."""
        row = {**asdict(key), "scopes": " ".join(sorted(key.scopes))}
        async with self._database.transaction() as connection:
            await connection.execute(insert(API_KEYS).values(**row))

    async def all(self) -> list[ApiKey]:
        """Return every key, oldest first, revoked ones too."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.id))).all()
        return [_to_api_key(row) for row in rows]

    async def revoke(self, key_id: str, now: datetime) -> bool:
        """Revoke a key; return False if there is no valid key of this id."""
        valid = (API_KEYS.c.id == key_id) & API_KEYS.c.revoked_at.is_(None)
        async with self._database.transaction() as connection:
            return (await connection.execute(update(API_KEYS).where(valid).values(revoked_at=now))).rowcount == 1

    async def record_use(self, used_at: Mapping[str, datetime]) -> None:
        """Record the last use of keys by their ids, unless a later one is recorded."""
        last, new = API_KEYS.c.last_used_at, bindparam("now", type_=API_KEYS.c.last_used_at.type)
        is_later = last.is_(None) | (last < new)
        statement = update(API_KEYS).where(API_KEYS.c.id == bindparam("key"), is_later).values(last_used_at=new)
        # In one order everywhere, so that two processes do not wait for each other's rows.
        rows = [{"key": key_id, "now": now} for key_id, now in sorted(used_at.items())]
        async with self._database.transaction() as connection:
            await connection.execute(statement, rows)


def _to_api_key(row: Row[Any]) -> ApiKey:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    moments = {name: ensure_utc(value) for name, value in columns.items() if isinstance(value, datetime)}
    return ApiKey(**{**columns, **moments, "scopes": frozenset(row.scopes.split())})
