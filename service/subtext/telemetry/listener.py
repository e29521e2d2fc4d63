"""Metrics listener: a small HTTP server for `/metrics` and `/healthz` on an address of its own."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.telemetry.exposition import MetricsExposition


@asynccontextmanager
async def listen(host: str, port: int, exposition: MetricsExposition) -> AsyncIterator[None]:
    """Serve until the context is left; raises `SettingsInvalid` if the address cannot be used."""

    async def get_metrics(request: web.Request) -> web.Response:
        text, media_type = await exposition.render(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": media_type})

    async def get_health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.add_routes([web.get("/metrics", get_metrics), web.get("/healthz", get_health)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await _start(runner, host, port)
        yield
    finally:
        await runner.cleanup()


async def _start(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise SettingsInvalid(
            f"SUBTEXT_METRICS_ADDRESS: cannot listen on {host}:{port}: {reason}. Stop what uses it, or choose another"
        ) from error
