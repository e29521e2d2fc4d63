"""Render pages with their security headers, and errors as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from subtext.errors import SubtextError
from subtext.http.problems import count_problem, handle_http_error, report_error
from subtext.http.strict_requests import get_request_id
from subtext.schemas.problem import HTTPProblem, problem_from_status
from subtext.web.template_environment import POLICY, render

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


class PageRoute(APIRoute):
    """Route of a page, which renders errors as pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler in the error page."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except (SubtextError, HTTPException, RequestValidationError) as error:
                return problem_page(request, error)

        return guarded


def render_page(name: str, status: int = 200, **context: object) -> Response:
    """Render a template as an HTML response with the security headers."""
    return HTMLResponse(render(name, **context), status, dict(HEADERS))


def problem_page(request: Request, error: Exception) -> Response:
    """Render an error as a page."""
    failure = to_problem(request, error)
    return render_page("problem.html.j2", failure.status, failure=failure)


async def handle_not_found(request: Request, error: Exception) -> Response:
    """Turn an address that leads nowhere into a page for a browser, and into a problem response for other clients."""
    is_page = "text/html" in request.headers.get("accept", "")
    return problem_page(request, error) if is_page else await handle_http_error(request, error)


def to_problem(request: Request, error: Exception) -> Problem:
    """Convert an error to the problem that the API would answer with, counted."""
    path, request_id = request.scope["path"], get_request_id(request)
    if isinstance(error, SubtextError):
        return report_error(error, instance=path, request_id=request_id)
    status = error.status_code if isinstance(error, HTTPException) else 422
    detail = error.detail if isinstance(error, HTTPProblem) else None
    return count_problem(problem_from_status(status, detail, instance=path, request_id=request_id))
