"""Problem document (RFC 9457): what happened, what to do, and whether to retry."""

from __future__ import annotations

from subtext.client.models.base import ApiObject


class FieldProblem(ApiObject):
    """Invalid field of the request: a JSON pointer into the body, or the name of a parameter."""

    pointer: str
    code: str
    message: str


class Problem(ApiObject):
    """Problem that the service answers with, or that an item of a batch ended in."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    retryable: bool
    errors: list[FieldProblem]
