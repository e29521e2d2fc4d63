"""Connections to the database of the job engine, which makes them synchronously, and where it keeps its own things."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from subtext.storage.database import SQLITE_OPTIONS, prepare


def job_file(url: sa.URL) -> sa.URL:
    """Where the job engine keeps its own tables: beside the batches' file, so that neither waits for the other."""
    return url.set(database=f"{url.database}.jobs") if url.drivername == "sqlite" else url


def job_connections(url: sa.URL) -> sa.Engine:
    """Connections for the job engine, which as shipped leaves SQLite without WAL."""
    if url.drivername != "sqlite":
        return sa.create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_timeout=30)
    engine = sa.create_engine(url, connect_args=SQLITE_OPTIONS)
    sa.event.listen(engine, "connect", prepare)
    return engine


def lease_folder(url: sa.URL) -> Path | None:
    """The folder of the workers' lock files beside a SQLite file; None where the database has locks of its own."""
    return Path(f"{url.database}.workers") if url.drivername == "sqlite" else None
