"""The bulkhead: so many calls at one server at a time, a short queue before it, and a problem for the rest."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_RETRY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class BulkheadLimits:
    """Calls in flight, callers that may wait for a place, and how long they do (seconds)."""

    in_flight: int = 32
    queue: int = 64
    wait_s: float = 2.0


class Bulkhead:
    """Places for calls at one server."""

    def __init__(self, limits: BulkheadLimits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.in_flight)
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the context lasts; raises `EngineUnavailable` where there is none in time."""
        await self._take()
        try:
            yield
        finally:
            self._places.release()

    async def _take(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= self._limits.queue:
            raise _full()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise _full() from error
        finally:
            self._waiting -= 1


def _full() -> EngineUnavailable:
    detail = "too many requests wait for the model's server: try again in a moment"
    return EngineUnavailable(detail, retry_after_s=_RETRY_AFTER_S)
