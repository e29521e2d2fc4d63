"""OpenAPI document: stable operation ids, every problem described, and examples for everything."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from subtext import errors
from subtext.api.components import add_components
from subtext.schemas.problem import (
    HTTP_PROBLEMS,
    MEDIA_TYPE,
    Problem,
    iter_error_types,
    problem_from_error,
    problem_from_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.routing import APIRoute

_FOLDER = files("subtext.api") / "v1" / "examples"
_REQUEST_ID = "req-0198c0de"
DESCRIPTION = """\
News tells you what happened; Subtext tells you how it was told. Send an article, get back a summary in which every
sentence is checked against the text, and how the article frames its subject, with verbatim quotes at exact offsets.
A claim without a quote that is really there is not made."""
TAGS = [
    {"name": "analyses", "description": "Analyze articles; verify, list and delete analyses."},
    {"name": "batches", "description": "Analyze many articles in the background."},
    {"name": "webhooks", "description": "Send a signed message when a batch ends (Standard Webhooks)."},
    {"name": "catalogue", "description": "Axes, prompts and engines that requests can name."},
    {"name": "service", "description": "Liveness, readiness and version."},
]
_JSON, NDJSON = "application/json", "application/x-ndjson"
_STATUS_DESCRIPTIONS = {
    400: "The body cannot be parsed.",
    401: "The service requires a key, and there is none, or it is invalid.",
    403: "The key lacks the scope for this, or a page of another site sent it.",
    404: "It does not exist, or it is not the caller's.",
    405: "The path does not support this method; Allow lists those it supports.",
    408: "The request did not arrive in time.",
    409: "The state of the resource forbids this, or the request of this Idempotency-Key is still being answered.",
    413: "The body, the text or the page is too large.",
    415: "The body, or the document at the URL, has a media type that is not supported.",
    421: "The service is not known by this Host.",
    422: "The request is well-formed but cannot be answered: the detail says why, and what to do.",
    429: "The key has reached its limit of requests or tokens; Retry-After says when to try again.",
    431: "The URL and the headers are too large.",
    500: "An internal error of the service.",
    501: "This service has that switched off: the detail says which setting switches it on.",
    502: "The site or the model failed.",
    503: "The model or the database is unavailable; Retry-After says when to try again, if that is known.",
    504: "The site or the model took too long.",
}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": _STATUS_DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}}
        for status in statuses
    }


_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, created by `subtext keys create`."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key gets the stored first answer, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
# Operations that cost something can be repeated safely with an Idempotency-Key.
_IDEMPOTENT_OPERATIONS = frozenset(
    {"analyzeArticle", "summarizeArticle", "assessStance", "compareArticles", "createBatch"}
)
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
PROBLEMS = _problems(400, 403, 405, 408, 421, 431, 500)
NOT_READY = _problems(503)
READ_PROBLEMS = {**PROBLEMS, **_problems(404, 422, 501, 503)}
REQUEST_PROBLEMS = {**PROBLEMS, **_problems(413, 415, 422)}
CHANGE_PROBLEMS = {**READ_PROBLEMS, **REQUEST_PROBLEMS, **_problems(409)}
INTAKE_PROBLEMS = {**REQUEST_PROBLEMS, **_problems(409, 501, 502, 503, 504)}

_EVENTS = {
    "schema": {"type": "string", "description": "AnalysisEvents: status, partial, then result or error, then done."},
    "examples": {"begin": {"value": 'id: 1\nevent: status\ndata: {"stage":"reading_article"}\n\n'}},
}
EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": _EVENTS}}}
# Roots of the errors that a request can end in; those of prompts and settings occur at start.
_ROOTS = (
    errors.InvalidInput,
    errors.IntakeError,
    errors.ExtractorUnavailable,
    errors.EngineError,
    errors.AnalysisNotFound,
    errors.StorageDisabled,
    errors.BatchNotFound,
    errors.InvalidBatchTransition,
    errors.BatchesDisabled,
    errors.WebhookNotFound,
    errors.DeliveryNotFound,
    errors.DeliveryInProgress,
    errors.WebhookLimitReached,
    errors.StorageUnavailable,
    errors.IdempotencyInProgress,
    errors.IdempotencyDisabled,
    errors.InvalidApiKey,
    errors.InsufficientScope,
    errors.RateLimited,
    errors.UntrustedHost,
    errors.CrossOriginRequest,
    errors.Overloaded,
    errors.NotReady,
    errors.ShuttingDown,
)


def operation_id(route: APIRoute) -> str:
    """Return the endpoint's name in camel case, such as `analyzeArticle`: stable, and readable in generated clients."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class SubtextAPI(FastAPI):
    """Describe RFC 9457 problems in the OpenAPI document, in place of FastAPI's validation errors."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            add_components(document)
            document["components"]["securitySchemes"] = _SCHEMES
            for path, operation in _operations(document):
                _add_security(path, operation)
                _add_examples(path, operation)
        return super().openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _add_security(path: str, operation: dict[str, Any]) -> None:
    """Add the security schemes and their problems; whether a key is required depends on the service's settings."""
    if path.startswith("/v1/"):
        operation["security"] = [{}, {"bearer": []}, {"key": []}]
        problems = {str(status): response for status, response in _problems(401, 403, 429).items()}
        if operation["operationId"] in _IDEMPOTENT_OPERATIONS:
            operation.setdefault("parameters", []).append(_IDEMPOTENCY)
        operation["responses"] = dict(sorted({**operation["responses"], **problems}.items()))


def _add_examples(path: str, operation: dict[str, Any]) -> None:
    """Add the examples of an operation beside the schemas that they belong to."""
    examples, problems = load_example(operation["operationId"]), problem_examples(path)
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        named = {name: {"value": _example_body(value, media_type)} for name, value in examples["requests"].items()}
        content["examples"] = named
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            if media_type == MEDIA_TYPE:
                content["examples"] = problems[int(status)]
            elif media_type in {_JSON, NDJSON}:
                content["examples"] = {"answer": {"value": _example_body(examples["response"], media_type)}}


def _example_body(value: Any, media_type: str) -> Any:
    """Return an example as the body of this media type: NDJSON has one line for each of `items`."""
    if media_type != NDJSON:
        return value
    lines = value["items"] if isinstance(value, dict) else value
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def load_example(operation_id: str) -> dict[str, Any]:
    """Load the examples of an operation: `requests` by name (none for a GET), and the `response` to the first."""
    example: dict[str, Any] = json.loads((_FOLDER / f"{operation_id}.json").read_text(encoding="utf-8"))
    return example


def problem_examples(path: str) -> dict[int, dict[str, Any]]:
    """Build one example of each problem, by status and code, as the path would answer it."""
    kinds: dict[int, dict[str, Any]] = defaultdict(dict)
    for status, (code, _) in HTTP_PROBLEMS.items():
        kinds[status][code] = _example(problem_from_status(status, instance=path, request_id=_REQUEST_ID))
    for kind in (kind for root in _ROOTS for kind in iter_error_types(root) if not kind.__subclasses__()):
        summary = (inspect.getdoc(kind) or "").splitlines()[0]
        error = kind(f"{summary[:1].lower()}{summary[1:].rstrip('.')}")
        problem = problem_from_error(error, instance=path, request_id=_REQUEST_ID)
        kinds[problem.status].setdefault(kind.code, _example(problem))
    return dict(kinds)


def _example(problem: Problem) -> dict[str, Any]:
    return {"value": problem.model_dump()}
