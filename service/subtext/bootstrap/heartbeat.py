"""Heartbeat of a worker: a file that its event loop writes anew every few seconds, for health checks.

A worker listens on no port, and a row in the database would call it dead whenever the database is; restarting it then
would help nobody.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from subtext.errors import describe_os_error
from subtext.storage.background import background_task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.settings import Settings

BEAT_S: Final = 5.0
# Six beats: a busy machine may miss some.
STALE_S: Final = 30.0
_log = structlog.get_logger("subtext.worker")


def heartbeat_file(settings: Settings) -> Path:
    """Return the file of the settings, or one in the folder for temporary files."""
    return settings.batches.heartbeat_file or Path(tempfile.gettempdir()) / "subtext-worker.heartbeat"


@asynccontextmanager
async def keep_heartbeat(path: Path, *, every_s: float = BEAT_S) -> AsyncIterator[None]:
    """Write the heartbeat until the context is left, then delete it."""
    _write(path)
    try:
        async with background_task(_beat(path, every_s)):
            yield
    finally:
        _delete(path)


def is_alive(path: Path, *, stale_s: float = STALE_S) -> bool:
    """Return whether the heartbeat was written a moment ago."""
    try:
        return abs(time.time() - path.stat().st_mtime) <= stale_s
    except OSError:
        return False


async def _beat(path: Path, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        _write(path)


# In the event loop, though it touches a disk: a thread could still write after the file is deleted.
def _write(path: Path) -> None:
    try:
        _replace(path)
    except OSError as error:
        _log.warning("heartbeat_not_written", path=str(path), error=describe_os_error(error))


def _replace(path: Path) -> None:
    """Replace the file, never write into one: in a shared folder it may be somebody's link to another."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(f"{os.getpid()}\n")
    try:
        Path(name).replace(path)
    except OSError:
        _delete(Path(name))
        raise


def _delete(path: Path) -> None:
    # One that cannot be deleted is stale soon.
    with suppress(OSError):
        path.unlink()
