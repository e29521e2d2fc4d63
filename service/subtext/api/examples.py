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

from subtext.domain import errors
from subtext.schemas.problem import HTTP_PROBLEMS, Problem, iter_error_types, problem_from_error, problem_from_status

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
    for status, (code, _) in HTTP_PROBLEMS.items():
        kinds[status][code] = _example(problem_from_status(status, instance=path, request_id=_REQUEST_ID))
    for kind in (kind for root in _ROOTS for kind in iter_error_types(root) if not kind.__subclasses__()):
        about = (inspect.getdoc(kind) or "").splitlines()[0]
        error = kind(f"{about[:1].lower()}{about[1:].rstrip('.')}")
        problem = problem_from_error(error, instance=path, request_id=_REQUEST_ID)
        kinds[problem.status].setdefault(kind.code, _example(problem))
    return dict(kinds)


def _example(problem: Problem) -> dict[str, Any]:
    return {"value": problem.model_dump()}
