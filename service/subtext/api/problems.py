"""Failures as RFC 9457 problems: one table from the error tree, one handler for each way that FastAPI fails.

A problem never repeats the input, and a fault of ours or of a model is never reported as the caller's.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from subtext.api.requests import RequestProblem, request_id_of
from subtext.domain import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
# An error of a class that is not named here has the status of its nearest named ancestor.
STATUS: dict[type[errors.SubtextError], int] = {
    errors.SubtextError: 500,
    errors.InputRefused: 422,
    errors.TextTooLong: 413,
    errors.PromptUnknown: 404,
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
}
# Failures that only exist over HTTP: code and what to do, by status.
HTTP_CODES: dict[int, tuple[str, str]] = {
    400: ("request_malformed", "the request cannot be parsed: send one JSON object as UTF-8"),
    404: ("not_found", "there is nothing at this address: /docs lists what there is"),
    405: ("method_not_allowed", "this address does not take this method: the Allow header names those it takes"),
    408: ("request_timeout", "the body did not arrive in time: send it again, faster"),
    413: ("body_too_large", "the body is larger than this service takes: send less text"),
    415: ("media_type_unsupported", "send the body as application/json in UTF-8, without a Content-Encoding"),
    422: ("request_invalid", "the request does not fit its description: see `errors`"),
    500: ("internal", "something failed on our side: try again, and report the request id if it stays"),
}


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
                    "title": "Unprocessable Entity",
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
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable; more may be added.")
    request_id: str
    retryable: bool
    errors: list[FieldProblem]


def status_of(kind: type[errors.SubtextError]) -> int:
    """The HTTP status of an error class: its own, or its nearest ancestor's."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def install(app: FastAPI) -> None:
    """Let every failure of the app leave as a problem."""
    app.add_exception_handler(errors.SubtextError, _on_error)
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
    body = Problem(
        type=f"/problems/{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        request_id=request_id_of(request),
        retryable=retryable,
        errors=list(fields),
    )
    return Response(body.model_dump_json(), status, dict(headers or {}), MEDIA_TYPE)


def internal_problem(request: Request) -> Response:
    """The problem for a failure that nobody foresaw: it says nothing about what failed."""
    code, detail = HTTP_CODES[500]
    return problem(request, 500, code, detail, retryable=True)


async def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.SubtextError):
        raise TypeError("registered for SubtextError alone") from error
    wait = error.retry_after_s
    headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
    status = status_of(type(error))
    return problem(request, status, error.code, error.detail, retryable=error.retryable, headers=headers)


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError("registered for HTTPException alone") from error
    code, detail = HTTP_CODES.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase.lower()))
    if isinstance(error, RequestProblem):
        detail = error.detail
    retryable = error.status_code == HTTPStatus.REQUEST_TIMEOUT
    return problem(request, error.status_code, code, detail, retryable=retryable, headers=error.headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError("registered for RequestValidationError alone") from error
    code, detail = HTTP_CODES[422]
    return problem(request, 422, code, detail, fields=[_field(item) for item in error.errors()])


def _field(item: Mapping[str, Any]) -> FieldProblem:
    """A validation error without the input that it is about."""
    place, *path = item["loc"]
    pointer = "".join(f"/{part}" for part in path) if place == "body" else str(path[0] if path else place)
    return FieldProblem(pointer=pointer, code=str(item["type"]), message=str(item["msg"]))
