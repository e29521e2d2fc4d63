"""Errors of a call, as a tree: catch as much of it as you handle in one way.

    CallFailed
    ├── InvalidOption                   the address, the key or the idempotency key of the client cannot be used
    ├── ServiceUnreachable              no connection, or it broke before the response was complete
    │   └── ResponseTimedOut            no response within the deadline
    ├── UnexpectedResponse              a response that is not from Subtext, such as a proxy's page
    ├── BatchNotEnded                   the batch is still in progress, and the time to wait is over
    └── ProblemReceived                 a problem document (RFC 9457): `code`, `status`, `detail`, `request_id`
        ├── InvalidRequest              the request is at fault: correct it
        ├── PageNotReadable             the page at the URL gave no article
        ├── ResourceNotFound            it does not exist, or it belongs to another owner
        ├── StateConflict               the state of the resource forbids this
        ├── AccessDenied                the key is missing, unknown or lacks a scope
        ├── QuotaExceeded               the key is over its limit: wait `retry_after_s`
        ├── EngineFailed                the model's server failed, or refused
        ├── FeatureDisabled             the operator has switched this off
        └── ServiceFailed               the service or its database failed

Below these, `problem_errors` has a class for each code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.client.models.batch import Batch
    from subtext.client.models.problem import FieldProblem, Problem


class CallFailed(Exception):
    """Root of all errors of the client; they can be pickled, so that a pool of processes hands them on."""

    def __reduce__(self) -> tuple[Callable[..., CallFailed], tuple[object, ...]]:
        """Return how to build the error anew: the constructors take other arguments than the message."""
        return _restore, (type(self), self.args, vars(self))


def _restore(kind: type[CallFailed], args: tuple[object, ...], attributes: dict[str, object]) -> CallFailed:
    error = kind.__new__(kind, *args)
    vars(error).update(attributes)
    return error


class InvalidOption(CallFailed, ValueError):
    """The address, the key or the idempotency key of the client cannot be used."""


class ServiceUnreachable(CallFailed):
    """No connection, or it broke before the response was complete; `was_sent`: the service may have the request."""

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class ResponseTimedOut(ServiceUnreachable):
    """No response within the deadline."""


class UnexpectedResponse(CallFailed):
    """The response is not one of Subtext: the address is wrong, or a proxy answered."""

    def __init__(self, message: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class BatchNotEnded(CallFailed):
    """The batch is still in progress, and the time to wait for it is over; `batch` is its last state."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(f"batch {batch.id} is {batch.state}: wait for it again")
        self.batch = batch


class ProblemReceived(CallFailed):
    """The service answered with a problem."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        fields = "".join(f"; {field.pointer or 'body'}: {field.message}" for field in problem.errors)
        super().__init__(f"{problem.detail} ({problem.code}, request {problem.request_id}){fields}")
        self.problem, self.retry_after_s = problem, retry_after_s

    @property
    def code(self) -> str:
        """Return the stable code, as in the service's list of problems."""
        return self.problem.code

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self.problem.status

    @property
    def detail(self) -> str:
        """Return what happened and what to do, for people."""
        return self.problem.detail

    @property
    def request_id(self) -> str:
        """Return the id under which the service logged the request."""
        return self.problem.request_id

    @property
    def retryable(self) -> bool:
        """Return whether the same request may succeed later."""
        return self.problem.retryable

    @property
    def fields(self) -> list[FieldProblem]:
        """Return the invalid fields of the request."""
        return self.problem.errors


class InvalidRequest(ProblemReceived):
    """The request is at fault: correct it."""


class PageNotReadable(ProblemReceived):
    """The page at the URL gave no article."""


class ResourceNotFound(ProblemReceived):
    """It does not exist, or it belongs to another owner."""


class StateConflict(ProblemReceived):
    """The state of the resource forbids this."""


class AccessDenied(ProblemReceived):
    """The key is missing, unknown or lacks a scope, or the request comes from where it must not."""


class QuotaExceeded(ProblemReceived):
    """The key is over its limit."""


class EngineFailed(ProblemReceived):
    """The model's server failed, or refused."""


class FeatureDisabled(ProblemReceived):
    """The operator has switched this off."""


class ServiceFailed(ProblemReceived):
    """The service or its database failed."""
