"""Server of the app: open it before the first request, accept many connections at a time, drain before shutdown.

Draining means to report not ready for a while, so that load balancers stop sending requests.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import uvicorn

from subtext.asgi import create_app
from subtext.http.middleware.http_protocol import ProblemProtocol
from subtext.http.state import get_app_state

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

    from subtext.settings import Settings

# libuv accepts one connection of a socket in each iteration of the loop. Under load an iteration takes as long as a
# proof, and whoever is to be refused would wait for seconds to be accepted. Every copy of the socket accepts one more.
ACCEPTS_PER_ITERATION = 16


def run_server(settings: Settings, listener: socket.socket, on_start: Callable[[], None] | None = None) -> bool:
    """Serve in this process until a signal ends it; return whether the service came up.

    `on_start` is called once requests are accepted. Raises `SettingsInvalid` or `PromptInvalid`.
    """
    server = build_server(settings, on_start)
    # uvicorn takes the signals a moment after this, and raises them again after shutdown: then they do nothing more,
    # as an intended stop must exit with success.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])
    return server.started


def build_server(settings: Settings, on_start: Callable[[], None] | None = None) -> uvicorn.Server:
    """Build the uvicorn server of the service, not yet started."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=ProblemProtocol,
        loop="uvloop",
        ws="none",
        # The server opens the app itself, so that a start that fails is one clear line instead of a server log.
        lifespan="off",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.grace_s,
    )
    return DrainingServer(config, app, settings.drain_s, on_start)


class DrainingServer(uvicorn.Server):
    """Uvicorn server that shuts down `drain_s` seconds after the first signal, at once after a second one.

    It enters the lifespan of the app itself: uvicorn would log its errors in place of raising them. `on_start` is
    called once requests are accepted.
    """

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, drain_s: float, on_start: Callable[[], None] | None = None
    ) -> None:
        super().__init__(config)
        self._state, self._drain_s, self._on_start = get_app_state(app), drain_s, on_start
        self._app_lifespan = app.router.lifespan_context(app)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the app, and start serving; raises what the lifespan raises."""
        self._loop = asyncio.get_running_loop()
        await self._app_lifespan.__aenter__()
        await super().startup(None if sockets is None else [copy for one in sockets for copy in _duplicate(one)])
        if self._on_start is not None:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving, and close the app, unless a second signal asks for the end at once."""
        await super().shutdown(sockets)
        if not self.force_exit:
            await self._app_lifespan.__aexit__(None, None, None)

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
