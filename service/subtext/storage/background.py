"""Background tasks bound to a context: periodic work, lease renewal, and pruning of old rows."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.errors import StorageUnavailable
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from datetime import datetime, timedelta

    from subtext.clock import Clock


_PRUNE_EVERY_S = 3_600.0
_log = structlog.get_logger("subtext.store")


@asynccontextmanager
async def background_task(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run a coroutine until the context is left, then cancel it and wait for its end.

    An error that ends it earlier is logged at once, and raised when the context is left.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log_failure("background_task_failed", error)


@asynccontextmanager
async def renew_lease(renew: Callable[[], Awaitable[None]], lease: timedelta) -> AsyncIterator[None]:
    """Renew a lease three times in its length until the context is left, and go on after failures."""
    renewal = asyncio.create_task(_renew_loop(renew, lease))
    try:
        yield
    finally:
        renewal.cancel()


async def _renew_loop(renew: Callable[[], Awaitable[None]], lease: timedelta) -> None:
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        await _run_safely(renew, "lease_renewal_failed")


@asynccontextmanager
async def flush_periodically(flush: Callable[[], Awaitable[None]], *, every_s: float) -> AsyncIterator[None]:
    """Flush every `every_s` seconds until the context is left, and once more then; go on after failures."""
    async with background_task(_flush_loop(flush, every_s)):
        yield
    await _run_safely(flush, "flush_failed")


async def _flush_loop(flush: Callable[[], Awaitable[None]], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await _run_safely(flush, "flush_failed")


async def _run_safely(step: Callable[[], Awaitable[None]], event: str) -> None:
    """Await a step of a loop; log an error of it, so that the loop goes on."""
    try:
        await step()
    except Exception as error:  # noqa: BLE001 - the edge of a loop: a step that fails oddly must not end it in silence
        log_step_failure(event, error)


def log_step_failure(event: str, error: Exception, **fields: str) -> None:
    """Log a failed step: a warning for an outage of the database, an error with its stack for the rest."""
    if isinstance(error, StorageUnavailable):
        _log.warning(event, code=error.code, **fields)
    else:
        log_failure(event, error, **fields)


class Prunable(Protocol):
    """Delete rows by age; raises `StorageUnavailable`."""

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older rows, and return their number."""


@asynccontextmanager
async def prune_periodically(
    repository: Prunable, age: timedelta, clock: Clock, *, every_s: float = _PRUNE_EVERY_S
) -> AsyncIterator[None]:
    """Delete rows of this age at once and every `every_s` seconds until the context is left; go on after failures."""
    async with background_task(_prune_loop(repository, age, clock, every_s)):
        yield


async def _prune_loop(repository: Prunable, age: timedelta, clock: Clock, every_s: float) -> None:
    async def prune() -> None:
        if deleted := await repository.delete_older_than(clock.now() - age):
            _log.info("pruned", repository=type(repository).__name__, count=deleted)

    while True:
        await _run_safely(prune, "prune_failed")
        await asyncio.sleep(every_s)
