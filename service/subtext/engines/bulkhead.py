"""Bulkhead: limit what is in flight at a time, queue a few more callers, and reject the rest."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from subtext.errors import SubtextError

_RETRY_AFTER_S = 2.0
# Of slots that become free, one in so many goes to low priority, so that it never waits for ever.
_TURN = 8
# What the time of one more slot counts in the mean.
_HOLD_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class BulkheadLimits:
    """Limit what is in flight at a time, how many may wait for a slot, and for how long (seconds)."""

    in_flight: int = 32
    queue: int = 64
    wait_s: float = 2.0


def _server_full() -> SubtextError:
    detail = "too many requests wait for the model's server: try again in a moment"
    return EngineUnavailable(detail, retry_after_s=_RETRY_AFTER_S)


class Bulkhead:
    """Hand out slots in the order of asking; `make_error` builds the error for a caller who gets none.

    Who would wait too long is rejected at once: the wait is what Little's law expects from how long slots were held.
    """

    def __init__(
        self,
        limits: BulkheadLimits,
        make_error: Callable[[], SubtextError] = _server_full,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._make_error, self._now = limits, make_error, now
        self._mean_hold_s = 0.0
        self._free = limits.in_flight
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._yielding: deque[asyncio.Future[None]] = deque()
        self._turns = 0

    @property
    def in_flight(self) -> int:
        """Return how many callers have a slot."""
        return self._limits.in_flight - self._free

    def require_capacity(self) -> None:
        """Reject the caller with the error of `make_error` if there is no slot, nor one to be expected in time."""
        if self._free:
            return
        waiting = len(self._waiting)
        if waiting >= self._limits.queue or waiting * self._mean_hold_s > self._limits.wait_s * self._limits.in_flight:
            raise self._make_error()

    @asynccontextmanager
    async def slot(self, *, low_priority: bool = False) -> AsyncIterator[None]:
        """Hold a slot for as long as the context lasts; raises the error of `make_error` if none is free in time.

        A caller of `low_priority` waits as long as it takes, and lets the others go first.
        """
        await (self._wait(self._yielding, None) if low_priority else self._take())
        began = self._now()
        try:
            yield
        finally:
            self._mean_hold_s += _HOLD_WEIGHT * (self._now() - began - self._mean_hold_s)
            self._release()

    async def _take(self) -> None:
        self.require_capacity()
        try:
            await self._wait(self._waiting, self._limits.wait_s)
        except TimeoutError as error:
            raise self._make_error() from error

    async def _wait(self, queue: deque[asyncio.Future[None]], timeout_s: float | None) -> None:
        if self._free and not self._waiting and not self._yielding:
            self._free -= 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        self._release_waiters()
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except BaseException:
            if waiter in queue:
                queue.remove(waiter)
            elif not waiter.cancelled():
                # It was given a slot in the moment in which it gave up.
                self._release()
            raise

    def _release(self) -> None:
        self._free += 1
        self._release_waiters()

    def _release_waiters(self) -> None:
        while self._free and (self._waiting or self._yielding):
            self._turns += 1
            waiter = self._next_queue().popleft()
            if not waiter.done():
                self._free -= 1
                waiter.set_result(None)

    def _next_queue(self) -> deque[asyncio.Future[None]]:
        """Return the queue whose first waiter is next; one of both is not empty."""
        if not self._waiting:
            return self._yielding
        if self._yielding and self._turns % _TURN == 0:
            return self._yielding
        return self._waiting
