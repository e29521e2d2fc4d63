"""Host check middleware: apply the host policy to every request that carries no valid key in a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from subtext.errors import CrossOriginRequest, UntrustedHost
from subtext.http.problems import handle_error
from subtext.http.state import get_app_state, get_request_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

# Deliveries of Slack reach a service on loopback through a tunnel, whose name nobody knows before; they are signed.
_SIGNED = "/slack/"


class HostCheckMiddleware:
    """Reject requests by foreign names and from pages of other sites, for API, pages and documentation alike.

    A key in a header proves that the sender is no page that a browser was led to, so such a request passes; a session
    cookie, which browsers send along, proves no such thing. `render_error` builds the error page for browsers.
    """

    def __init__(self, app: ASGIApp, *, render_error: Callable[[Request, Exception], Response]) -> None:
        self._app, self._render_error = app, render_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http" and not scope["path"].startswith(_SIGNED):
            state = get_request_state(scope)
            if not state.has_key_header:
                try:
                    get_app_state(scope["app"]).host_policy.check(scope, state.forwarded_host)
                except (UntrustedHost, CrossOriginRequest) as error:
                    response = await self._reject(Request(scope), error)
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    async def _reject(self, request: Request, error: Exception) -> Response:
        is_page = "text/html" in request.headers.get("accept", "")
        response = self._render_error(request, error) if is_page else await handle_error(request, error)
        # What was not read of the body would be taken for the next request.
        response.headers["Connection"] = "close"
        return response
