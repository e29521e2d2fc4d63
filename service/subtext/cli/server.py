"""Drain before shutdown: report not ready for a while, so that load balancers stop sending requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from subtext.http.state import AppState


class DrainingServer(uvicorn.Server):
    """Uvicorn server that shuts down `drain_s` seconds after the first signal, at once after a second one."""

    def __init__(self, config: uvicorn.Config, state: AppState, drain_s: float) -> None:
        super().__init__(config)
        self._state, self._drain_s = state, drain_s
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain on the first signal, and shut down after that or on the second."""
        is_first = not self._state.is_draining
        self._state.is_draining = True
        if is_first and self._drain_s and self._loop is not None:
            shut_down = super().handle_exit
            self._loop.call_soon_threadsafe(self._loop.call_later, self._drain_s, shut_down, sig, frame)
        else:
            super().handle_exit(sig, frame)
