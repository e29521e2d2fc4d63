"""Map the error tree to HTTP statuses in one table, and build RFC 9457 problem documents.

A problem never repeats the input, and a fault of the service or of a model is never reported as the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from subtext import errors
from subtext.validation import describe_invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import ValidationError

MEDIA_TYPE = "application/problem+json"
# An error class that is not listed has the status of its nearest listed ancestor.
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
    errors.DeliveryInProgress: 409,
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
    errors.ExtractorUnavailable: 503,
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
    errors.NotReady: 503,
    errors.ShuttingDown: 503,
}
# Errors that exist only over HTTP: code and detail, by status.
HTTP_PROBLEMS: dict[int, tuple[str, str]] = {
    400: ("request_malformed", "the request cannot be parsed: send one JSON object as UTF-8"),
    404: ("not_found", "there is nothing at this address: /docs lists all addresses"),
    405: ("method_not_allowed", "this address does not support this method: the Allow header lists those it supports"),
    408: ("request_timeout", "the request did not arrive in time: send it again, faster"),
    413: ("body_too_large", "the body is larger than this service accepts: send less text"),
    415: ("media_type_unsupported", "send the body as application/json in UTF-8, without a Content-Encoding"),
    422: ("request_invalid", "the request does not match its schema: see `errors`"),
    431: ("head_too_large", "the URL and the headers are larger than this service accepts: shorten them"),
    499: ("client_gone", "the client disconnected before the response was ready"),
    500: ("internal", "an unexpected error happened: try again, and report the request id if it happens again"),
}
RETRYABLE_STATUS = frozenset({408, 500})
# A problem is read by people: more invalid fields than this do not help, nor do more characters of a name or a path.
FIELD_PROBLEMS_MAX = 20
_NAME_MAX, _PATH_MAX = 80, 200
_FRIENDLY_MESSAGES = {
    "extra_forbidden": "unknown field: remove it",
    "missing": "required field: add it",
    "tuple_type": "give a list",
    "list_type": "give a list",
    "dict_type": "give an object",
    "model_type": "give an object",
    "model_attributes_type": "give an object",
}


class FieldProblem(BaseModel):
    """Invalid field of the request."""

    pointer: str = Field(description="JSON pointer into the request body, or the name of a parameter.")
    code: str
    message: str


class Problem(BaseModel):
    """Problem document (RFC 9457): what happened, what to do, and whether to retry."""

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

    type: str = Field(description="URI reference of a page about this kind of problem.")
    title: str = Field(description="The code as words.")
    status: int
    detail: str = Field(description="What happened and what to do, for a person.")
    instance: str = Field(description="Path of the request.")
    code: str = Field(description="Stable code; more may be added.")
    request_id: str
    retryable: bool = Field(description="Whether the same request may succeed if sent again.")
    errors: list[FieldProblem] = Field(description="The invalid fields, at most 20.")


def http_status(kind: type[errors.SubtextError]) -> int:
    """Return the HTTP status of an error class, or of its nearest ancestor in the table."""
    return next(STATUS_BY_ERROR[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS_BY_ERROR)


def iter_error_types(root: type[errors.SubtextError] = errors.SubtextError) -> Iterator[type[errors.SubtextError]]:
    """Yield every class of the error tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from iter_error_types(child)


class HTTPProblem(HTTPException):
    """HTTP error with its own status and detail, and optionally the invalid fields."""

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
    """Build the problem document of an error; `instance` is the path, unquoted."""
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
    """Build the problem document of an HTTP status; `detail` defaults to the sentence of that status."""
    code, default_detail = HTTP_PROBLEMS[status]
    problem = _build(
        status,
        code,
        detail or default_detail,
        retryable=status in RETRYABLE_STATUS,
        instance=instance,
        request_id=request_id,
    )
    return problem.model_copy(update={"errors": list(fields)})


def _build(status: int, code: str, detail: str, *, retryable: bool, instance: str, request_id: str) -> Problem:
    return Problem(
        type=f"/problems/{code}",
        title=code.replace("_", " ").capitalize().replace("Url ", "URL "),
        status=status,
        detail=detail,
        instance=quote(instance[:_PATH_MAX]),
        code=code,
        request_id=request_id,
        retryable=retryable,
        errors=[],
    )


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """Convert a validation error outside of FastAPI to field problems, at most 20."""
    items = error.errors(include_url=False, include_input=False)[:FIELD_PROBLEMS_MAX]
    return [field_problem({**item, "loc": ("body", *item["loc"])}) for item in items]


def describe_first_field(error: ValidationError, root: str = "") -> str:
    """Describe the first invalid field in one line, by its dotted name; `root` names the whole, if that is at fault."""
    first = field_problems(error)[0]
    name = first.pointer.removeprefix("/").replace("/", ".") or root
    return f"{name}: {first.message}" if name else first.message


def field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """Convert one validation error to a field problem, without the input."""
    location, *path = item["loc"]
    pointer = (
        "".join(f"/{json_pointer_token(part)}" for part in path)
        if location == "body"
        else str(path[0] if path else location)
    )
    return FieldProblem(pointer=pointer, code=str(item["type"]), message=_field_message(item))


def _field_message(item: Mapping[str, Any]) -> str:
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind == "too_long" and context.get("field_type") == "Value":
        # A text whose blanks were checked first: pydantic calls its characters "items after validation".
        return f"must have at most {context['max_length']} characters"
    return _FRIENDLY_MESSAGES.get(kind, describe_invalid_value(str(item["msg"])))


def json_pointer_token(part: object) -> str:
    """Escape a name for a JSON pointer (RFC 6901), shortened if it is very long."""
    name = str(part)
    shortened = name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX]}…"
    return shortened.replace("~", "~0").replace("/", "~1")
