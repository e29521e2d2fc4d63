"""Proxy in front of a model server that refuses some forms of `response_format`, so that only the others are left."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import ClientSession, ClientTimeout, web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_BODY_MAX_BYTES = 2**24


@contextlib.asynccontextmanager
async def refusing_proxy(upstream: str, *refused: str) -> AsyncIterator[str]:
    """Run the proxy and yield its base URL; a request with a `response_format` of a refused type gets a 400."""
    async with ClientSession(timeout=ClientTimeout(total=None)) as session:
        app = web.Application(client_max_size=_BODY_MAX_BYTES)
        app.router.add_post("/v1/chat/completions", partial(_forward, session, upstream, refused))
        # A client that goes away ends the work of the server behind, too.
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        finally:
            await runner.cleanup()


async def _forward(
    session: ClientSession, upstream: str, refused: tuple[str, ...], request: web.Request
) -> web.StreamResponse:
    asked = await request.json()
    if asked.get("response_format", {}).get("type") in refused:
        # The words of LM Studio, which takes no JSON mode.
        return web.json_response({"error": "'response_format.type' must be 'text'"}, status=400)
    headers = {"Authorization": request.headers.get("Authorization", "")}
    async with session.post(f"{upstream}/chat/completions", json=asked, headers=headers) as answer:
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]})
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        return response
