"""Problem responses (RFC 9457): what each of them must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.api import PROBLEM, TEXT

if TYPE_CHECKING:
    import httpx2

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "request_id", "retryable", "errors"}


def local_request(**fields: Any) -> dict[str, Any]:
    """Return a body for the embedded engine."""
    return {"text": TEXT, "engine": "local", **fields}


def require_problem(reply: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem of a reply, if it has everything that each problem has; fail otherwise."""
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["code"]) == (status, code), body
    assert reply.headers["content-type"] == PROBLEM
    assert set(body) == PROBLEM_FIELDS
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["request_id"] == reply.headers["x-request-id"]
    assert body["detail"]
    return body
