"""Connections to the database of the jobs: synchronous ones for the job engine, asynchronous ones for the batches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from subtext.domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_BUSY_MS = 10_000
# A transaction that begins to write only later fails instead of waiting where another has written meanwhile.
_SQLITE = {"isolation_level": "IMMEDIATE", "timeout": _BUSY_MS / 1_000}


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
    raise SettingsInvalid("batches are kept in SQLite or PostgreSQL: give sqlite:///file or postgresql://…")


def job_file(url: sa.URL) -> sa.URL:
    """Where the job engine keeps its own tables: beside the batches' file, so that neither waits for the other."""
    return url.set(database=f"{url.database}.jobs") if url.drivername == "sqlite" else url


def job_connections(url: sa.URL) -> sa.Engine:
    """Connections for the job engine, which as shipped leaves SQLite without WAL."""
    if url.drivername != "sqlite":
        return sa.create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_timeout=30)
    engine = sa.create_engine(url, connect_args=_SQLITE)
    sa.event.listen(engine, "connect", _prepare)
    return engine


def batch_connections(url: sa.URL) -> AsyncEngine:
    """Connections for batches."""
    if url.drivername != "sqlite":
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), connect_args=_SQLITE)
    sa.event.listen(engine.sync_engine, "connect", _prepare)
    return engine


def lease_folder(url: sa.URL) -> Path | None:
    """The folder of the workers' lock files beside a SQLite file; None where the database has locks of its own."""
    return Path(f"{url.database}.workers") if url.drivername == "sqlite" else None


def _prepare(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
