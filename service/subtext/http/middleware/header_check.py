"""Header check middleware: reject requests with too many headers, or with one twice that must be there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import Request

from subtext.http.problems import handle_http_error
from subtext.schemas.problem import HTTPProblem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# Of what a browser and some proxies send, three times over; Apache takes as many.
HEADERS_MAX: Final = 100
# A server and a proxy before it may each believe another of two (RFC 9112, sections 3.2 and 11.2).
_SINGLE: Final = frozenset(
    {
        b"host",
        b"authorization",
        b"x-api-key",
        b"origin",
        b"content-type",
        b"content-length",
        b"transfer-encoding",
        b"idempotency-key",
    }
)


class HeaderCheckMiddleware:
    """Reject ambiguous requests with 400 and those with too many headers with 431, before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http":
            try:
                check_headers(scope["headers"])
            except HTTPProblem as error:
                response = await handle_http_error(Request(scope), error)
                # What was not read of the body would be taken for the next request.
                response.headers["Connection"] = "close"
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check_headers(headers: list[tuple[bytes, bytes]]) -> None:
    """Check the headers of an ASGI scope; raises `HTTPProblem`."""
    if len(headers) > HEADERS_MAX:
        raise HTTPProblem(431, f"the request has more than {HEADERS_MAX} headers: send fewer")
    singles = [name for name, _ in headers if name in _SINGLE]
    if len(singles) != len(set(singles)):
        twice = next(name for name in singles if singles.count(name) > 1).decode()
        raise HTTPProblem(400, f"the request has the header {twice} twice: send it once")
