"""Database connections: SQLite or PostgreSQL by URL, with `StorageUnavailable` for every outage."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from subtext.domain.url_mask import mask_url_secrets
from subtext.errors import SettingsInvalid, StorageUnavailable
from subtext.storage.migrate import current_revision, require_newest, upgrade_schema
from subtext.storage.tables import IDEMPOTENCY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from sqlalchemy.dialects import postgresql
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

BUSY_MS = 10_000
# IMMEDIATE: a transaction that starts as a reader and writes later fails if another has written meanwhile.
_PRAGMAS = (f"busy_timeout={BUSY_MS}", "synchronous=FULL", "foreign_keys=ON")
# Switching to WAL ignores busy_timeout, so it is retried.
_WAL, _WAL_TRIES, _WAL_PAUSE_S = "PRAGMA journal_mode=WAL", 100, 0.1
_VARIABLE, _URLS = "SUBTEXT_STORE_DATABASE_URL", "sqlite:///file or postgresql://…"
# libpq waits for minutes for a server that is gone without a word; with these it is noticed within 20 s.
_POSTGRESQL_OPTIONS = {
    "connect_timeout": "5",
    "keepalives_count": "2",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "tcp_user_timeout": "20000",
}
_INSUFFICIENT_PRIVILEGE = "42501"
_MISTAKES = (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.NotSupportedError, sa.exc.ProgrammingError)
CONNECTION_MAX_S = 10.0
SQLITE_OPTIONS: dict[str, Any] = {"isolation_level": "IMMEDIATE", "timeout": BUSY_MS / 1_000}


def parse_url(url: str) -> sa.URL:
    """Parse a database URL; raises `SettingsInvalid` for anything but SQLite and PostgreSQL.

    A PostgreSQL URL gets time-outs of the connection unless it has its own.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise SettingsInvalid(f"{_VARIABLE}: cannot be read: give {_URLS}") from error
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg", query={**_POSTGRESQL_OPTIONS, **parsed.query})
    raise SettingsInvalid(f"{_VARIABLE}: must be SQLite or PostgreSQL: give {_URLS}")


def show_url(url: sa.URL) -> str:
    """Return a database URL as people gave it, without the password that it or a parameter holds."""
    url = url.set(query={name: value for name, value in url.query.items() if _POSTGRESQL_OPTIONS.get(name) != value})
    return mask_url_secrets(url.render_as_string(hide_password=False))


def create_engine(url: sa.URL) -> AsyncEngine:
    """Create the asynchronous SQLAlchemy engine; raises `SettingsInvalid` if the PostgreSQL driver is not installed."""
    if url.drivername == "sqlite":
        creator = partial(_connect_sqlite, url.database or "")
        return create_async_engine(url.set(drivername="sqlite+aiosqlite"), async_creator=creator)
    try:
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SettingsInvalid("PostgreSQL needs what the extra has: pip install 'subtext[postgres]'") from error


def configure_sqlite(connection: Any, _: object) -> None:
    """Configure a synchronous SQLite connection: WAL, full sync, foreign keys, and a busy timeout."""
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    for attempt in range(_WAL_TRIES):
        try:
            cursor.execute(_WAL)
            break
        except sqlite3.OperationalError:
            if attempt + 1 == _WAL_TRIES:
                raise
            time.sleep(_WAL_PAUSE_S)
    cursor.close()


async def _connect_sqlite(path: str) -> aiosqlite.Connection:
    """Open an asynchronous SQLite connection, configured the same."""
    connection = aiosqlite.connect(path, **SQLITE_OPTIONS)
    thread = connection._thread  # noqa: SLF001 - as SQLAlchemy does it, which leaves this to us here
    thread.daemon = True
    try:
        await connection
        for pragma in _PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        await _set_wal(connection)
    except BaseException:
        await connection.close()
        # The thread of a failed connection calls back into this loop when it ends, so wait for it.
        await asyncio.to_thread(thread.join)
        raise
    return connection


async def _set_wal(connection: aiosqlite.Connection) -> None:
    for attempt in range(_WAL_TRIES):
        try:
            await connection.execute(_WAL)
            break
        except sqlite3.OperationalError:
            if attempt + 1 == _WAL_TRIES:
                raise
            await asyncio.sleep(_WAL_PAUSE_S)


class Database:
    """Hold one database engine, until it is closed; a connection is waited for so many seconds."""

    def __init__(self, url: sa.URL, connection_max_s: float = CONNECTION_MAX_S) -> None:
        self.url, self._connection_max_s = url, connection_max_s
        self.engine = create_engine(url)
        self._thread_engine = _create_thread_engine(url)

    @property
    def dialect(self) -> str:
        """Return the name of the SQL dialect: `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction; raises `StorageUnavailable` if the database does not answer or cannot write."""
        with _translated_errors():
            async with AsyncExitStack() as stack:
                # The connection is tried first (`pool_pre_ping`), which a server that has stopped never answers.
                async with asyncio.timeout(self._connection_max_s):
                    connection = await stack.enter_async_context(self.engine.begin())
                yield connection

    async def require_writable(self) -> None:
        """Change no row, for which the database has to be there and to let itself be written; a full disk is not seen.

        Raises `StorageUnavailable` as `transaction` does.
        """
        async with self.transaction() as connection:
            await connection.execute(sa.delete(IDEMPOTENCY).where(sa.false()))

    async def execute_in_thread(self, statement: sa.Executable, rows: list[dict[str, Any]]) -> None:
        """Execute a statement for all rows in one transaction; raises `StorageUnavailable` as `transaction` does.

        Each step of a transaction on the event loop waits for its next iteration: here the whole waits for one.
        """
        await asyncio.to_thread(self._execute, statement, rows)

    def _execute(self, statement: sa.Executable, rows: list[dict[str, Any]]) -> None:
        with _translated_errors(), self._thread_engine.begin() as connection:
            connection.execute(statement, rows or None)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        self._thread_engine.dispose()


def _create_thread_engine(url: sa.URL) -> sa.Engine:
    """Create the engine of a writing thread, with the same settings."""
    if url.drivername != "sqlite":
        return sa.create_engine(url, pool_size=1, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args=SQLITE_OPTIONS, pool_size=1)
    sa.event.listen(engine, "connect", configure_sqlite)
    return engine


def is_outage(error: SQLAlchemyError | OSError) -> bool:
    """Return whether the database is away, full, locked or closed to us; any other error is a mistake of ours."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, (sa.exc.TimeoutError, OSError))
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
        return True
    # Python's driver of SQLite reports a wrong statement as it does a full disk, but for this code.
    is_wrong_statement = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return not is_wrong_statement and not isinstance(error, _MISTAKES)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise `StorageUnavailable` for an outage of the database; a mistake of ours is raised as it is."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if not is_outage(error):
            raise
        raise StorageUnavailable("the database does not answer, or cannot write: try again later") from error


def ensure_utc(moment: datetime) -> datetime:
    """Return the moment with its time zone, which SQLite does not store."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


async def current_revision_at(url: str) -> str | None:
    """Return the schema revision of the database at a URL; None for an empty one.

    Raises `StorageUnavailable`.
    """
    database = Database(parse_url(url))
    try:
        return await current_revision(database)
    finally:
        await database.close()


@asynccontextmanager
async def open_database(url: str, *, migrate: bool) -> AsyncIterator[Database]:
    """Open the database and migrate its schema, or check it if `migrate` is false; raises `SettingsInvalid`."""
    database = Database(parse_url(url))
    try:
        try:
            await (upgrade_schema(database) if migrate else require_newest(database))
        # A database of something else has other tables, or other columns.
        except (StorageUnavailable, DBAPIError) as error:
            raise SettingsInvalid(
                f"the database {show_url(database.url)} cannot be opened or written: see that it is there and may be "
                "written, set SUBTEXT_STORE_DATABASE_URL to another, or SUBTEXT_STORE_ENABLED=false to keep nothing"
            ) from error
        yield database
    finally:
        await database.close()


async def lock_until_commit(connection: AsyncConnection, name: str) -> None:
    """Let one transaction at a time go on under a name, for a check that rows which are not there yet would change.

    To be called first: Python's driver of SQLite begins a transaction with the first change, after what was read.
    """
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))


def build_insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Build an insert of a dialect, to which `on_conflict_…` can be added."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a service has one of the two dialects

    return postgresql.insert(table)


def insert_on_conflict_do_nothing(database: Database, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Build an insert that skips rows whose key exists already."""
    return build_insert(database.dialect, table).on_conflict_do_nothing()
