"""RFC 9457 problems: one table from the error tree to HTTP statuses, and the document that tells of a failure.

A problem never repeats the input, and a fault of ours or of a model is never reported as the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from subtext import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import ValidationError

MEDIA_TYPE = "application/problem+json"


# An error of a class that is not named here has the status of its nearest named ancestor.
STATUS_BY_ERROR: dict[type[errors.SubtextError], int] = {
    errors.SubtextError: 500,
    errors.InvalidInput: 422,
    errors.TextTooLong: 413,
    errors.PromptNotFound: 404,
    errors.AnalysisNotFound: 404,
    errors.StorageDisabled: 501,
    errors.BatchNotFound: 404,
    errors.InvalidBatchTransition: 409,
    errors.WebhookNotFound: 404,
    errors.DeliveryNotFound: 404,
    errors.WebhookLimitReached: 409,
    errors.StorageUnavailable: 503,
    errors.BatchesDisabled: 501,
    errors.UntrustedHost: 421,
    errors.CrossOriginRequest: 403,
    errors.IntakeError: 422,
    errors.FetchFailed: 502,
    errors.FetchTimedOut: 504,
    errors.UnsupportedContent: 415,
    errors.PageTooLarge: 413,
    errors.EngineError: 502,
    errors.EngineMisconfigured: 503,
    errors.EngineUnavailable: 503,
    errors.EngineRateLimited: 503,
    errors.EngineQuotaExhausted: 503,
    errors.EngineTimedOut: 504,
    errors.EngineInputTooLong: 413,
    errors.EngineRefused: 422,
    errors.EngineFiltered: 422,
    errors.InvalidSignature: 401,
    errors.IdempotencyInProgress: 409,
    errors.IdempotencyDisabled: 501,
    errors.InvalidApiKey: 401,
    errors.InsufficientScope: 403,
    errors.RateLimited: 429,
    errors.Overloaded: 503,
    errors.ShuttingDown: 503,
}


# Failures that only exist over HTTP: code and what to do, by status.
HTTP_PROBLEMS: dict[int, tuple[str, str]] = {
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
FIELDS_MAX = 20


_NAME_MAX = 80


_PATH_MAX = 200


_FRIENDLY_MESSAGES = {
    "extra_forbidden": "there is no such field: leave it out",
    "missing": "this is required: add it",
    "tuple_type": "give a list",
    "list_type": "give a list",
    "dict_type": "give an object",
    "model_type": "give an object",
    "model_attributes_type": "give an object",
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


def http_status(kind: type[errors.SubtextError]) -> int:
    """The HTTP status of an error class: its own, or its nearest ancestor's."""
    return next(STATUS_BY_ERROR[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS_BY_ERROR)


def iter_error_types(root: type[errors.SubtextError] = errors.SubtextError) -> Iterator[type[errors.SubtextError]]:
    """Every class of the error tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from iter_error_types(child)


class HTTPProblem(HTTPException):
    """A fault of the request that has a status and a sentence of its own, and perhaps the fields at fault."""

    def __init__(
        self,
        status_code: int,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        fields: Sequence[FieldProblem] = (),
    ) -> None:
        super().__init__(status_code, detail or HTTP_PROBLEMS[status_code][1], headers)
        self.fields = tuple(fields)


def problem_from_error(error: errors.SubtextError, *, instance: str, request_id: str) -> Problem:
    """Build the problem of an error of ours; `instance` is the path, unquoted."""
    status = http_status(type(error))
    return _build(status, error.code, error.detail, retryable=error.retryable, instance=instance, request_id=request_id)


def problem_from_status(
    status: int,
    detail: str | None = None,
    *,
    instance: str,
    request_id: str,
    fields: Sequence[FieldProblem] = (),
) -> Problem:
    """Build the problem of a status that only HTTP knows; without `detail` it says what all of that status say."""
    code, usual = HTTP_PROBLEMS[status]
    problem = _build(
        status,
        code,
        detail or usual,
        retryable=status in RETRYABLE_STATUS,
        instance=instance,
        request_id=request_id,
    )
    return problem.model_copy(update={"errors": list(fields)})


def _build(status: int, code: str, detail: str, *, retryable: bool, instance: str, request_id: str) -> Problem:
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


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """The fields at fault of something that was validated apart from a request, the first of them."""
    found = error.errors(include_url=False, include_input=False)[:FIELDS_MAX]
    return [field_problem({**item, "loc": ("body", *item["loc"])}) for item in found]


def field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """A validation error without the input that it is about."""
    place, *path = item["loc"]
    kind, message = str(item["type"]), str(item["msg"]).removeprefix("Value error, ")
    pointer = (
        "".join(f"/{json_pointer_token(part)}" for part in path) if place == "body" else str(path[0] if path else place)
    )
    return FieldProblem(
        pointer=pointer, code=kind, message=_FRIENDLY_MESSAGES.get(kind, f"{message[:1].lower()}{message[1:]}")
    )


def json_pointer_token(part: object) -> str:
    """A name as a step of a JSON pointer (RFC 6901), shortened where nobody would read it."""
    name = str(part)
    short = name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX]}…"
    return short.replace("~", "~0").replace("/", "~1")
