"""What goes on beside something else, for as long as that lasts: a lease that is held, work that is done."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from subtext.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from datetime import timedelta


@asynccontextmanager
async def alongside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Work on this until the context is left; then it is cancelled, and has ended."""
    working = asyncio.create_task(work)
    try:
        yield
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


@asynccontextmanager
async def held(renew: Callable[[], Awaitable[None]], lease: timedelta) -> AsyncIterator[None]:
    """Renew a lease three times in its length until the context is left, past a database that is away meanwhile."""
    renewing = asyncio.create_task(_renew(renew, lease))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew(renew: Callable[[], Awaitable[None]], lease: timedelta) -> None:
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        with contextlib.suppress(StoreUnavailable):
            await renew()
