"""Proof of life: a worker holds its lease, which the kernel or PostgreSQL frees when it dies, and nobody else does."""

from __future__ import annotations

import fcntl
import os
import zlib
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

if TYPE_CHECKING:
    from pathlib import Path


class Leases(Protocol):
    """Leases by the name of a worker."""

    # For how long a lease must have been free before its worker counts as dead (s).
    grace_s: float

    def acquire(self, name: str) -> None:
        """Take this worker's own lease, or make sure that it is still held."""

    def is_free(self, name: str) -> bool:
        """Whether nobody holds the lease."""

    def close(self) -> None:
        """Give this worker's lease back."""


class FileLeases:
    """Locked files in a folder, for workers of one machine."""

    grace_s = 0.0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: int | None = None

    def acquire(self, name: str) -> None:
        """Lock the worker's file, once."""
        if self._held is None:
            self._held = os.open(self._folder / name, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_free(self, name: str) -> bool:
        """Whether the file can be locked."""
        descriptor = os.open(self._folder / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def close(self) -> None:
        """Unlock the file by closing it."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


class AdvisoryLeases:
    """Advisory locks of PostgreSQL sessions, for workers anywhere; a pooler in transaction mode breaks them."""

    # A restart of the server frees all locks: living workers take theirs back within 2 s.
    grace_s = 3.0

    def __init__(self, url: sa.URL) -> None:
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._held: sa.Connection | None = None

    def acquire(self, name: str) -> None:
        """Lock the worker's number in a session of its own, anew where that session is gone."""
        try:
            if self._held is not None:
                self._held.execute(sa.text("select 1"))
                return
        except sa.exc.SQLAlchemyError:
            self.close()
        connection = self._engine.connect()
        connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": _key(name)})
        self._held = connection

    def is_free(self, name: str) -> bool:
        """Whether the number can be locked; it is unlocked again at once."""
        with self._engine.connect() as connection:
            return bool(connection.scalar(sa.text("select pg_try_advisory_lock(:key)"), {"key": _key(name)}))

    def close(self) -> None:
        """End the session that holds the lock."""
        if self._held is not None:
            self._held.invalidate()
            self._held.close()
            self._held = None


def _key(name: str) -> int:
    return zlib.crc32(name.encode())
