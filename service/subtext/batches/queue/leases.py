"""Liveness leases of workers: a file lock, or a PostgreSQL advisory lock, that is released when the process dies."""

from __future__ import annotations

import fcntl
import os
import zlib
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

if TYPE_CHECKING:
    from pathlib import Path


class Leases(Protocol):
    """Hold and test leases by the name of a worker."""

    # Seconds for which a lease must have been free before its worker counts as dead.
    grace_s: float

    def acquire(self, name: str) -> None:
        """Acquire this worker's own lease, or check that it is still held."""

    def is_free(self, name: str) -> bool:
        """Return whether no worker holds the lease."""

    def close(self) -> None:
        """Release this worker's lease."""


class FileLeases:
    """Lock files in a directory (flock), for workers on one machine; each is deleted once its lease is free."""

    grace_s = 0.0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock: tuple[Path, int] | None = None

    def acquire(self, name: str) -> None:
        """Lock the worker's file, unless it is locked already."""
        if self._lock is None:
            path = self._folder / name
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._lock = path, descriptor

    def is_free(self, name: str) -> bool:
        """Return whether the file can be locked, or is not there."""
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def close(self) -> None:
        """Delete the file, and release the lock by closing it."""
        if self._lock is not None:
            path, descriptor = self._lock
            path.unlink(missing_ok=True)
            os.close(descriptor)
            self._lock = None


class AdvisoryLeases:
    """Hold advisory locks of PostgreSQL sessions, for workers on any machine.

    A connection pooler in transaction mode breaks them.
    """

    # A restart of the server frees all locks: live workers acquire theirs again within 2 s.
    grace_s = 3.0

    def __init__(self, url: sa.URL) -> None:
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._lock: sa.Connection | None = None

    def acquire(self, name: str) -> None:
        """Acquire the advisory lock in a session of its own, again if that session is lost."""
        try:
            if self._lock is not None:
                self._lock.execute(sa.text("select 1"))
                return
        except sa.exc.SQLAlchemyError:
            self.close()
        connection = self._engine.connect()
        connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": _lock_id(name)})
        self._lock = connection

    def is_free(self, name: str) -> bool:
        """Return whether the lock can be acquired; it is released at once."""
        with self._engine.connect() as connection:
            return bool(connection.scalar(sa.text("select pg_try_advisory_lock(:key)"), {"key": _lock_id(name)}))

    def close(self) -> None:
        """End the session that holds the lock."""
        if self._lock is not None:
            self._lock.invalidate()
            self._lock.close()
            self._lock = None


def _lock_id(name: str) -> int:
    return zlib.crc32(name.encode())
