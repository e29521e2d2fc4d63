"""Server: accept many connections at a time, and drain before shutdown, so that load balancers send no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from types import FrameType

    from subtext.http.state import AppState

# libuv accepts one connection of a socket in each iteration of the loop. Under load an iteration takes as long as a
# proof, and whoever is to be refused would wait for seconds to be accepted. Every copy of the socket accepts one more.
ACCEPTS_PER_ITERATION = 16


class DrainingServer(uvicorn.Server):
    """Uvicorn server that shuts down `drain_s` seconds after the first signal, at once after a second one."""

    def __init__(self, config: uvicorn.Config, state: AppState, drain_s: float) -> None:
        super().__init__(config)
        self._state, self._drain_s = state, drain_s
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving."""
        self._loop = asyncio.get_running_loop()
        await super().startup(None if sockets is None else [copy for one in sockets for copy in _duplicate(one)])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain on the first signal, and shut down after that or on the second."""
        is_first = not self._state.is_draining
        self._state.is_draining = True
        if is_first and self._drain_s and self._loop is not None:
            shut_down = super().handle_exit
            self._loop.call_soon_threadsafe(self._loop.call_later, self._drain_s, shut_down, sig, frame)
        else:
            super().handle_exit(sig, frame)


def _duplicate(listener: socket.socket) -> Iterator[socket.socket]:
    """Yield a listening socket and its copies; the server closes the copies that it serves."""
    yield listener
    for _ in range(ACCEPTS_PER_ITERATION - 1):
        yield listener.dup()
