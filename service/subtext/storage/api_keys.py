"""Repository of API keys, stored as digests."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, insert, select, update

from subtext.domain.caller import ApiKey
from subtext.storage.database import ensure_utc
from subtext.storage.tables import API_KEYS

if TYPE_CHECKING:
    from datetime import datetime

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


def _to_api_key(row: Row[Any]) -> ApiKey:
    revoked_at = None if row.revoked_at is None else ensure_utc(row.revoked_at)
    columns = {**row._mapping, "scopes": frozenset(row.scopes.split()), "created_at": ensure_utc(row.created_at)}  # noqa: SLF001 - SQLAlchemy's public name
    return ApiKey(**{**columns, "revoked_at": revoked_at})
