"""Proxy headers middleware: give the request its client's address, scheme and path prefix, as a trusted proxy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from subtext.http.state import get_request_state
from subtext.http.trusted_proxies import path_prefix

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from subtext.http.trusted_proxies import ForwardedRequest, TrustedProxies


class ProxyHeadersMiddleware:
    """Rewrite the scope of a request from a trusted proxy: `client`, `scheme`, `path` and `root_path`."""

    def __init__(self, app: ASGIApp, *, proxies: TrustedProxies) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        forwarded = self._proxies.read(scope) if scope["type"] == "http" and self._proxies.networks else None
        if forwarded is None:
            await self._app(scope, receive, send)
            return
        scope = _rewrite(scope, forwarded)
        get_request_state(scope).forwarded_host = forwarded.host
        token = path_prefix.set(forwarded.prefix)
        try:
            await self._app(scope, receive, _PrefixedSend(send, forwarded.prefix) if forwarded.prefix else send)
        finally:
            path_prefix.reset(token)


def _rewrite(scope: Scope, forwarded: ForwardedRequest) -> Scope:
    """Return the scope as the proxy saw it; a path that still has the prefix loses it, so that all see the same."""
    prefix, path = forwarded.prefix, scope["path"]
    while prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    client = scope["client"] if forwarded.client is None else (forwarded.client, 0)
    scheme = forwarded.scheme or scope["scheme"]
    return {**scope, "client": client, "scheme": scheme, "path": path, "root_path": prefix}


class _PrefixedSend:
    """Put the prefix before the paths in Location and Link."""

    def __init__(self, send: Send, prefix: str) -> None:
        self._send, self._prefix = send, prefix

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("location", "").startswith("/"):
                headers["location"] = self._prefix + headers["location"]
            if headers.get("link", "").startswith("</"):
                headers["link"] = f"<{self._prefix}{headers['link'][1:]}"
        await self._send(message)
