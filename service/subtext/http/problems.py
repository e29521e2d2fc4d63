"""Turn failures into RFC 9457 problems, which are counted and logged in one way on every surface.

A problem never repeats the input, and a fault of ours or of a model is never reported as the caller's.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, TypedDict

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from structlog.contextvars import bind_contextvars

from subtext import errors
from subtext.http.strict_requests import get_request_id
from subtext.schemas.problem import (
    FIELD_PROBLEMS_MAX,
    HTTP_PROBLEMS,
    MEDIA_TYPE,
    HTTPProblem,
    Problem,
    field_problem,
    problem_from_error,
    problem_from_status,
)
from subtext.telemetry.http_metrics import record_refusal
from subtext.telemetry.request_record import set_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_log = structlog.get_logger("subtext.http")


class _Place(TypedDict):
    """Identify where a failure happened: the path of the request, and its id."""

    instance: str
    request_id: str


def install_exception_handlers(app: FastAPI) -> None:
    """Install the exception handlers, so that every failure of the app becomes a problem."""
    app.add_exception_handler(errors.SubtextError, handle_error)
    app.add_exception_handler(HTTPException, handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_request)


def report_error(error: errors.SubtextError, *, instance: str, request_id: str) -> Problem:
    """Return the problem of an error, counted; log a warning if the service or a model is at fault, not the caller."""
    problem = count_problem(problem_from_error(error, instance=instance, request_id=request_id))
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("failed", code=problem.code, detail=problem.detail)
    return problem


def count_problem(problem: Problem) -> Problem:
    """Count a problem in which a request ends, name its code in the request's line of the log, and return it."""
    bind_contextvars(code=problem.code)
    # A tool of MCP runs in a task of its own, which shares the record with its request, but not these variables.
    set_outcome(problem.code)
    record_refusal(problem.code)
    return problem


def internal_problem(request: Request) -> Response:
    """Build the response for an unhandled exception (500); it says nothing about what failed."""
    return _response(count_problem(problem_from_status(500, **_place(request))))


def _response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(problem.model_dump_json(), problem.status, dict(headers or {}), MEDIA_TYPE)


def _place(request: Request) -> _Place:
    return {"instance": request.scope["path"], "request_id": get_request_id(request)}


async def handle_error(request: Request, error: Exception) -> Response:
    """Turn an error of the tree into a problem response, with Retry-After if it has one."""
    if not isinstance(error, errors.SubtextError):
        raise TypeError("registered for SubtextError alone") from error
    wait = error.retry_after_s
    headers = dict(error.limits) if isinstance(error, errors.RateLimited) else {}
    if wait is not None:
        headers["Retry-After"] = str(max(0, math.ceil(wait)))
    return _response(report_error(error, **_place(request)), headers)


async def handle_http_error(request: Request, error: Exception) -> Response:
    """Turn an HTTP error into a problem response, with its headers."""
    if not isinstance(error, HTTPException):
        raise TypeError("registered for HTTPException alone") from error
    http_error = error if isinstance(error, HTTPProblem) else HTTPProblem(error.status_code)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed_methods(request)
    problem = problem_from_status(error.status_code, http_error.detail, fields=http_error.fields, **_place(request))
    return _response(count_problem(problem), headers)


def _allowed_methods(request: Request) -> str:
    """Return the Allow header: every method of this path, as the error names those of the first route alone."""
    scope = {name: request.scope[name] for name in ("type", "path", "headers", "root_path")}
    methods = {
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in request.app.router.routes)
    }
    return ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))


async def _handle_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError("registered for RequestValidationError alone") from error
    failures, detail = error.errors(), HTTP_PROBLEMS[422][1]
    if len(failures) > FIELD_PROBLEMS_MAX:
        detail = f"{detail}, which has the first {FIELD_PROBLEMS_MAX} of {len(failures):,}"
    fields = [field_problem(failure) for failure in failures[:FIELD_PROBLEMS_MAX]]
    return _response(count_problem(problem_from_status(422, detail, fields=fields, **_place(request))))
