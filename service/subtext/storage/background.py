"""Background tasks bound to a context: work, lease renewal, and pruning of what is old."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from datetime import datetime, timedelta

    from subtext.clock import Clock


@asynccontextmanager
async def background_task(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Work on this until the context is left; then it is cancelled, and has ended."""
    working = asyncio.create_task(work)
    try:
        yield
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


@asynccontextmanager
async def renewing(renew: Callable[[], Awaitable[None]], lease: timedelta) -> AsyncIterator[None]:
    """Renew a lease three times in its length until the context is left, past a database that is away meanwhile."""
    renewing = asyncio.create_task(_renew(renew, lease))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew(renew: Callable[[], Awaitable[None]], lease: timedelta) -> None:
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        with contextlib.suppress(StorageUnavailable):
            await renew()


_EVERY_S = 3_600.0


_log = structlog.get_logger("subtext.store")


class Prunable(Protocol):
    """A store of what need not be kept for ever. Raises `StorageUnavailable`."""

    async def delete_older_than(self, moment: datetime) -> int:
        """How much was forgotten because it is older."""


@asynccontextmanager
async def prune_periodically(
    store: Prunable, age: timedelta, clock: Clock, *, every_s: float = _EVERY_S
) -> AsyncIterator[None]:
    """Forget what is of this age, at once and every hour, until the context is left."""
    async with background_task(_prune_loop(store, age, clock, every_s)):
        yield


async def _prune_loop(store: Prunable, age: timedelta, clock: Clock, every_s: float) -> None:
    while True:
        try:
            if forgotten := await store.delete_older_than(clock.now() - age):
                _log.info("forgotten", what=type(store).__name__, count=forgotten)
        except StorageUnavailable as error:
            _log.warning("not_forgotten", code=error.code)
        await asyncio.sleep(every_s)
