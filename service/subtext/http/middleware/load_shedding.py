"""Load shedding middleware: reject requests with 503 before their body is read if the bulkhead has no room."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from starlette.requests import Request

from subtext.engines.bulkhead import Bulkhead, BulkheadLimits
from subtext.errors import Overloaded
from subtext.http.problems import handle_error
from subtext.http.state import get_app_state

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# Seconds, drawn at random, so that rejected clients do not all retry at once.
_RETRY_AFTER_S = (1.0, 5.0)
# What takes a place; sent away before its body is read, it costs a tenth of what it would cost later.
_EXPENSIVE_PATHS = frozenset({"/v1/analyses", "/v1/summaries", "/v1/stances", "/v1/comparisons"})


class LoadSheddingMiddleware:
    """Reject expensive requests with 503 while the service is overloaded, so that admitted ones stay fast."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in _EXPENSIVE_PATHS:
            request = Request(scope)
            try:
                get_bulkhead(request).require_capacity()
            except Overloaded as error:
                # What was not read of the body would be taken for the next request.
                response = await handle_error(request, error)
                response.headers["Connection"] = "close"
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def get_bulkhead(request: Request) -> Bulkhead:
    """Return the bulkhead that limits the requests in flight."""
    return get_app_state(request.app).require_services().bulkhead


def request_bulkhead(in_flight: int, queue: int, queue_wait_s: float) -> Bulkhead:
    """Build the bulkhead for requests: `in_flight` at a time, `queue` waiting up to `queue_wait_s` seconds.

    The others are rejected with `Overloaded`.
    """
    return Bulkhead(BulkheadLimits(in_flight, queue, queue_wait_s), _overload_error)


def _overload_error() -> Overloaded:
    wait = random.uniform(*_RETRY_AFTER_S)  # noqa: S311 - spreads those who come back
    return Overloaded("the service has more to do than it can: try again in a moment", retry_after_s=wait)
