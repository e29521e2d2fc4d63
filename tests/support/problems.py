"""What every problem looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.api import PROBLEM, TEXT

if TYPE_CHECKING:
    import httpx2

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "request_id", "retryable", "errors"}


def ask(**fields: Any) -> dict[str, Any]:
    """A body for the embedded engine."""
    return {"text": TEXT, "engine": "local", **fields}


def problem_of(reply: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in a reply, after a look at everything that each problem has."""
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["code"]) == (status, code), body
    assert reply.headers["content-type"] == PROBLEM
    assert set(body) == PROBLEM_FIELDS
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["request_id"] == reply.headers["x-request-id"]
    assert body["detail"]
    return body
