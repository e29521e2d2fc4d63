"""Fair queue: let tasks do their work on the event loop one after the other, with everybody else's turn between two."""

from __future__ import annotations

import asyncio
from collections import deque

# What is done leaves first: an answer passes so many iterations from its proof to the socket. An idle one takes 10 us.
_PAUSE_ITERATIONS = 3


class FairQueue:
    """Continue tasks in the order in which they ask (FIFO), with a few iterations of the event loop between two.

    Requests or answers that arrive together are all ready in one iteration: without a queue the loop would work on all
    of them before it passes the first on, reads a new request or answers a probe. One queue serves all work of a
    process: an article that a model is to read, or an answer, then waits for no work that could be done later.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._waiting_low: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def turn(self, *, low_priority: bool = False) -> None:
        """Wait for a turn: it lasts until the task waits for something else; the first of an iteration never waits.

        A task of low priority continues when no other waits.
        """
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._pass_on, loop, _PAUSE_ITERATIONS)
            return
        waiter: asyncio.Future[None] = loop.create_future()
        (self._waiting_low if low_priority else self._waiting).append(waiter)
        await waiter

    def _pass_on(self, loop: asyncio.AbstractEventLoop, pause: int) -> None:
        """Give the turn to the next task that still waits: it continues in the iteration after the pause."""
        if pause and (self._waiting or self._waiting_low):
            loop.call_soon(self._pass_on, loop, pause - 1)
            return
        while waiting := self._waiting or self._waiting_low:
            waiter = waiting.popleft()
            # A cancelled task no longer waits.
            if not waiter.done():
                waiter.set_result(None)
                loop.call_soon(self._pass_on, loop, _PAUSE_ITERATIONS)
                return
        self._is_taken = False
