"""Pages over HTTP: their headers, and failures as pages that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from subtext.domain.errors import SubtextError
from subtext.http.requests import get_request_id
from subtext.http.state import get_app_state
from subtext.schemas.problem import HTTPProblem, problem_from_error, problem_from_status
from subtext.web.guard import require_own
from subtext.web.templating import POLICY, render

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from subtext.schemas.problem import Problem

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
                require_own(request, get_app_state(request.app).trusted_hosts)
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
    path, request_id = request.scope["path"], get_request_id(request)
    if isinstance(error, SubtextError):
        _log.warning("failed", code=error.code, detail=error.detail)
        return problem_from_error(error, instance=path, request_id=request_id)
    status = error.status_code if isinstance(error, HTTPException) else 422
    detail = error.detail if isinstance(error, HTTPProblem) else None
    return problem_from_status(status, detail, instance=path, request_id=request_id)
