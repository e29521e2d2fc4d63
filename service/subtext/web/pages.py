"""Pages over HTTP: their headers, and failures as pages that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from subtext.api.problems import HTTP_CODES, RETRYABLE_STATUS, problem_body, status_of
from subtext.api.requests import RequestProblem, request_id_of
from subtext.domain.errors import SubtextError
from subtext.web.guard import require_own
from subtext.web.templating import POLICY, render

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from subtext.api.problems import Problem

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_log = structlog.get_logger("subtext.http")


class PageRoute(APIRoute):
    """A route of a page: guarded, and its failures are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler behind the guard."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                require_own(request, request.app.state.web_hosts)
                return await handle(request)
            except (SubtextError, HTTPException, RequestValidationError) as error:
                return problem_page(request, error)

        return guarded


def page(name: str, status: int = 200, **known: object) -> Response:
    """A page made from a template."""
    return HTMLResponse(render(name, **known), status, dict(HEADERS))


def problem_page(request: Request, error: Exception) -> Response:
    """The page that tells of a failure."""
    failure = failure_of(request, error)
    return page("problem.html.j2", failure.status, failure=failure)


def failure_of(request: Request, error: Exception) -> Problem:
    """A failure as the API would tell it."""
    if isinstance(error, SubtextError):
        status, code, detail, retryable = status_of(type(error)), error.code, error.detail, error.retryable
        _log.warning("failed", code=code, detail=detail)
    else:
        status = error.status_code if isinstance(error, HTTPException) else 422
        code, detail = HTTP_CODES[status]
        detail = error.detail if isinstance(error, RequestProblem) else detail
        retryable = status in RETRYABLE_STATUS
    path, request_id = request.scope["path"], request_id_of(request)
    return problem_body(status, code, detail, retryable=retryable, instance=path, request_id=request_id)
