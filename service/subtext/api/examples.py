"""Examples in the OpenAPI document: requests and answers from files, one of each kind of problem from the error tree.

The answers are real ones: `make snapshots` asks the service anew and writes them. Only those to what a worker brings
about (results of a batch, its retry, messages of a webhook) are written by hand.
"""

from __future__ import annotations

import inspect
import json
from collections import defaultdict
from importlib.resources import files
from typing import Any

from subtext.api.problems import HTTP_CODES, RETRYABLE_STATUS, error_kinds, problem_body, status_of
from subtext.domain import errors

_FOLDER = files("subtext.api") / "v1" / "examples"
_REQUEST_ID = "req-0198c0de"
# What a request can end in; prompts and settings fail at start.
_ROOTS = (
    errors.InputRefused,
    errors.IntakeFailed,
    errors.EngineFailed,
    errors.AnalysisUnknown,
    errors.AnalysesNotKept,
    errors.BatchUnknown,
    errors.BatchConflict,
    errors.BatchesUnavailable,
    errors.WebhookUnknown,
    errors.DeliveryUnknown,
    errors.TooManyWebhooks,
    errors.StoreUnavailable,
    errors.IdempotencyInProgress,
    errors.IdempotencyUnavailable,
    errors.KeyRefused,
    errors.ScopeMissing,
    errors.RateLimited,
    errors.Overloaded,
    errors.ShuttingDown,
)


def example_of(operation_id: str) -> dict[str, Any]:
    """The examples of an operation: `requests` by name (none for a GET) and the `response` to the first of them."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{operation_id}.json").read_text(encoding="utf-8"))
    return found


def problem_examples(path: str) -> dict[int, dict[str, Any]]:
    """A problem of each kind, by status and code, as the address would answer it."""
    kinds: dict[int, dict[str, Any]] = defaultdict(dict)
    for status, (code, detail) in HTTP_CODES.items():
        kinds[status][code] = _example(status, code, detail, path, retryable=status in RETRYABLE_STATUS)
    for kind in (kind for root in _ROOTS for kind in error_kinds(root) if not kind.__subclasses__()):
        status, about = status_of(kind), (inspect.getdoc(kind) or "").splitlines()[0]
        detail = f"{about[:1].lower()}{about[1:].rstrip('.')}"
        kinds[status].setdefault(kind.code, _example(status, kind.code, detail, path, retryable=kind.retryable))
    return dict(kinds)


def _example(status: int, code: str, detail: str, path: str, *, retryable: bool) -> dict[str, Any]:
    body = problem_body(status, code, detail, retryable=retryable, instance=path, request_id=_REQUEST_ID)
    return {"value": body.model_dump()}
