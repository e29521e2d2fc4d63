"""The database, SQLite or PostgreSQL by its URL: connections, and one failure for all that can go wrong with them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from subtext.domain.errors import SettingsInvalid, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

BUSY_MS = 10_000
# A transaction that begins to write only later fails instead of waiting where another has written meanwhile.
SQLITE_OPTIONS = {"isolation_level": "IMMEDIATE", "timeout": BUSY_MS / 1_000}


def parsed(url: str) -> sa.URL:
    """The address as SQLAlchemy has it; raises `SettingsInvalid` for anything but SQLite and PostgreSQL."""
    try:
        found = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SettingsInvalid("the database URL cannot be read: give sqlite:///file or postgresql://…") from error
    if found.get_backend_name() == "sqlite" and found.database:
        return found.set(drivername="sqlite")
    if found.get_backend_name() == "postgresql":
        return found.set(drivername="postgresql+psycopg")
    raise SettingsInvalid("the database is SQLite or PostgreSQL: give sqlite:///file or postgresql://…")


def connections(url: sa.URL) -> AsyncEngine:
    """Asynchronous connections; raises `SettingsInvalid` where the driver of PostgreSQL is not installed."""
    if url.drivername == "sqlite":
        engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), connect_args=SQLITE_OPTIONS)
        sa.event.listen(engine.sync_engine, "connect", prepare)
        return engine
    try:
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsInvalid("PostgreSQL needs what the extra has: pip install 'subtext[postgres]'") from error


def prepare(connection: Any, _: object) -> None:
    """Make a new connection to SQLite durable, patient and strict: as shipped it is none of these."""
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Database:
    """One database, until it is closed."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.engine = connections(url)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction; raises `StoreUnavailable` where the database does not answer or cannot write."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            # What is no fault of the database is one of ours.
            if isinstance(error, SQLAlchemyError) and not isinstance(error, (DBAPIError, sa.exc.TimeoutError)):
                raise
            raise StoreUnavailable("the database does not answer, or cannot write: try again later") from error

    async def close(self) -> None:
        """Let all connections go."""
        await self.engine.dispose()


def utc(moment: datetime) -> datetime:
    """The moment with its zone, which SQLite does not keep."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
