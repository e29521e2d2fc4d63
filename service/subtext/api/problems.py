"""Failures as RFC 9457 problems: one table from the error tree, one handler for each way that FastAPI fails.

A problem never repeats the input, and a fault of ours or of a model is never reported as the caller's.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from structlog.contextvars import bind_contextvars

from subtext.api.requests import RequestProblem, request_id_of
from subtext.domain import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fastapi import FastAPI
    from pydantic import ValidationError
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
# An error of a class that is not named here has the status of its nearest named ancestor.
STATUS: dict[type[errors.SubtextError], int] = {
    errors.SubtextError: 500,
    errors.InputRefused: 422,
    errors.TextTooLong: 413,
    errors.PromptUnknown: 404,
    errors.AnalysisUnknown: 404,
    errors.AnalysesNotKept: 501,
    errors.BatchUnknown: 404,
    errors.BatchConflict: 409,
    errors.WebhookUnknown: 404,
    errors.DeliveryUnknown: 404,
    errors.TooManyWebhooks: 409,
    errors.StoreUnavailable: 503,
    errors.BatchesUnavailable: 501,
    errors.HostRefused: 421,
    errors.OriginRefused: 403,
    errors.IntakeFailed: 422,
    errors.FetchFailed: 502,
    errors.FetchTimedOut: 504,
    errors.ContentUnsupported: 415,
    errors.PageTooLarge: 413,
    errors.EngineFailed: 502,
    errors.EngineMisconfigured: 503,
    errors.EngineUnavailable: 503,
    errors.EngineRateLimited: 503,
    errors.EngineQuotaExhausted: 503,
    errors.EngineTimedOut: 504,
    errors.EngineInputTooLong: 413,
    errors.EngineRefused: 422,
    errors.EngineFiltered: 422,
    errors.SignatureRefused: 401,
    errors.IdempotencyInProgress: 409,
    errors.IdempotencyUnavailable: 501,
    errors.KeyRefused: 401,
    errors.ScopeMissing: 403,
    errors.RateLimited: 429,
    errors.Overloaded: 503,
    errors.ShuttingDown: 503,
}
# Failures that only exist over HTTP: code and what to do, by status.
HTTP_CODES: dict[int, tuple[str, str]] = {
    400: ("request_malformed", "the request cannot be parsed: send one JSON object as UTF-8"),
    404: ("not_found", "there is nothing at this address: /docs lists what there is"),
    405: ("method_not_allowed", "this address does not take this method: the Allow header names those it takes"),
    408: ("request_timeout", "the request did not arrive in time: send it again, faster"),
    413: ("body_too_large", "the body is larger than this service takes: send less text"),
    415: ("media_type_unsupported", "send the body as application/json in UTF-8, without a Content-Encoding"),
    422: ("request_invalid", "the request does not fit its description: see `errors`"),
    431: ("head_too_large", "the address and the headers are larger than this service takes: send less of them"),
    499: ("client_gone", "the client went away before the answer was there"),
    500: ("internal", "something failed on our side: try again, and report the request id if it stays"),
}
RETRYABLE_STATUS = frozenset({408, 500})
# A problem is for reading: past these, more of the same tells nothing.
_FIELDS_MAX = 20
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_NAME_MAX = 80
_PATH_MAX = 200
_SAID = {
    "extra_forbidden": "there is no such field: leave it out",
    "missing": "this is required: add it",
}
_log = structlog.get_logger("subtext.http")


class FieldProblem(BaseModel):
    """One field that is not as described."""

    pointer: str = Field(description="JSON pointer into the request body, or the name of a parameter.")
    code: str
    message: str


class Problem(BaseModel):
    """A failure (RFC 9457): what happened, what to do, and whether to try again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/text_refused",
                    "title": "Text refused",
                    "status": 422,
                    "detail": "the text is empty: send the article's words",
                    "instance": "/v1/analyses",
                    "code": "text_refused",
                    "request_id": "req-0198c0de",
                    "retryable": False,
                    "errors": [],
                }
            ]
        }
    )

    type: str = Field(description="URI reference of a page about this kind of failure.")
    title: str = Field(description="The code as words.")
    status: int
    detail: str = Field(description="What happened and what to do, for a person.")
    instance: str = Field(description="The path that was asked.")
    code: str = Field(description="Stable; more may be added.")
    request_id: str
    retryable: bool = Field(description="Whether the same request may succeed when sent again.")
    errors: list[FieldProblem] = Field(description="The fields at fault, the first 20 of them.")


def status_of(kind: type[errors.SubtextError]) -> int:
    """The HTTP status of an error class: its own, or its nearest ancestor's."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def error_kinds(root: type[errors.SubtextError] = errors.SubtextError) -> Iterator[type[errors.SubtextError]]:
    """Every class of the error tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from error_kinds(child)


def install(app: FastAPI) -> None:
    """Let every failure of the app leave as a problem."""
    app.add_exception_handler(errors.SubtextError, on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    retryable: bool = False,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response that tells of a failure."""
    bind_contextvars(code=code)
    body = problem_body(
        status, code, detail, retryable=retryable, instance=request.scope["path"], request_id=request_id_of(request)
    )
    document = body.model_copy(update={"errors": list(fields)}).model_dump_json()
    return Response(document, status, dict(headers or {}), MEDIA_TYPE)


def problem_body(status: int, code: str, detail: str, *, retryable: bool, instance: str, request_id: str) -> Problem:
    """A problem as it is sent; `instance` is the path, unquoted."""
    return Problem(
        type=f"/problems/{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        instance=quote(instance[:_PATH_MAX]),
        code=code,
        request_id=request_id,
        retryable=retryable,
        errors=[],
    )


def internal_problem(request: Request) -> Response:
    """The problem for a failure that nobody foresaw: it says nothing about what failed."""
    code, detail = HTTP_CODES[500]
    return problem(request, 500, code, detail, retryable=True)


async def on_error(request: Request, error: Exception) -> Response:
    """The response that tells of an error of ours."""
    if not isinstance(error, errors.SubtextError):
        raise TypeError("registered for SubtextError alone") from error
    wait = error.retry_after_s
    headers = {} if wait is None else {"Retry-After": str(max(0, math.ceil(wait)))}
    status = status_of(type(error))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("failed", code=error.code, detail=error.detail)
    return problem(request, status, error.code, error.detail, retryable=error.retryable, headers=headers)


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError("registered for HTTPException alone") from error
    status = error.status_code
    code, detail = HTTP_CODES[status]
    if isinstance(error, RequestProblem):
        detail = error.detail
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    return problem(request, status, code, detail, retryable=status in RETRYABLE_STATUS, headers=headers)


def _allowed(request: Request) -> str:
    """Every method that this address takes: the error names those of the first route alone."""
    asked = {name: request.scope[name] for name in ("type", "path", "headers", "root_path")}
    taken = {
        method
        for method in _METHODS
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in request.app.router.routes)
    }
    return ", ".join(sorted(taken | {"HEAD"} if "GET" in taken else taken))


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError("registered for RequestValidationError alone") from error
    code, detail = HTTP_CODES[422]
    found = error.errors()
    if len(found) > _FIELDS_MAX:
        detail = f"{detail}, which has the first {_FIELDS_MAX} of {len(found):,}"
    return problem(request, 422, code, detail, fields=[_field(item) for item in found[:_FIELDS_MAX]])


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """The fields at fault of something that was validated apart from a request, the first of them."""
    found = error.errors(include_url=False, include_input=False)[:_FIELDS_MAX]
    return [_field({**item, "loc": ("body", *item["loc"])}) for item in found]


def _field(item: Mapping[str, Any]) -> FieldProblem:
    """A validation error without the input that it is about."""
    place, *path = item["loc"]
    kind, message = str(item["type"]), str(item["msg"]).removeprefix("Value error, ")
    pointer = "".join(f"/{_pointed(part)}" for part in path) if place == "body" else str(path[0] if path else place)
    return FieldProblem(pointer=pointer, code=kind, message=_SAID.get(kind, f"{message[:1].lower()}{message[1:]}"))


def _pointed(part: object) -> str:
    """A name as a step of a JSON pointer (RFC 6901), shortened where nobody would read it."""
    name = str(part)
    short = name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX]}…"
    return short.replace("~", "~0").replace("/", "~1")
