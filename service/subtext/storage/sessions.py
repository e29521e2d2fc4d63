"""Repository of sign-in sessions, stored by the digests of their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from subtext.domain.caller import Session
from subtext.storage.database import ensure_utc
from subtext.storage.tables import SESSIONS

if TYPE_CHECKING:
    from datetime import datetime

    from subtext.storage.database import Database


class SqlSessionRepository:
    """Store sessions in a database that the caller opens and closes; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> None:
        """Add a new session."""
        row = {"digest": session.digest, "key_id": session.key_id}
        times = {"created_at": session.created_at, "seen_at": session.seen_at}
        async with self._database.transaction() as connection:
            await connection.execute(insert(SESSIONS).values(**row, **times))

    async def get(self, digest: str) -> Session | None:
        """Return a session by the digest of its token."""
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(SESSIONS).where(SESSIONS.c.digest == digest))).one_or_none()
        if row is None:
            return None
        return Session(row.digest, row.key_id, ensure_utc(row.created_at), ensure_utc(row.seen_at))

    async def touch(self, digest: str, now: datetime) -> None:
        """Record that a session was used."""
        async with self._database.transaction() as connection:
            await connection.execute(update(SESSIONS).where(SESSIONS.c.digest == digest).values(seen_at=now))

    async def delete(self, digest: str) -> None:
        """Delete a session, if it is there."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete sessions that began earlier, and return their number."""
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.created_at < moment))).rowcount
