"""Conversation with the service, without I/O: retries, deadline, idempotency keys, and errors.

A flow is a generator that yields what to do next (`Send`, `Pause`) and is sent the outcome, so that `Client` and
`AsyncClient` share all of it and differ only in how they send and sleep.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from subtext.client.call import IDEMPOTENCY_KEY
from subtext.client.connection import require_visible
from subtext.client.errors import BatchNotEnded, CallFailed, ResponseTimedOut, ServiceUnreachable
from subtext.client.operations import get_batch
from subtext.client.problem_errors import IdempotencyUnavailable
from subtext.client.responses import find_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.client.call import Call
    from subtext.client.models.batch import Batch
    from subtext.client.retry_policy import RetryPolicy

T = TypeVar("T")
_POLL_GROWTH = 1.5
_TIMEOUT_MIN_S = 0.001
# Errors before which the request cannot have arrived.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a call, and give up after so many seconds without a byte."""

    call: Call[Any]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Sleep for so many seconds."""

    seconds: float


Outcome = httpx2.Response | httpx2.RequestError | None
Flow = Generator[Send | Pause, Outcome, T]


@dataclass(frozen=True, slots=True)
class Polling:
    """How often to ask for the state of a batch (seconds; the pauses grow from `first_s` to `max_s`), and how long."""

    first_s: float = 0.5
    max_s: float = 10.0
    deadline_s: float | None = None


@dataclass(slots=True)
class Exchange:
    """Run calls by a retry policy; calls that cost something get an idempotency key of their own.

    A service without storage knows no keys: after its first refusal none is sent.
    """

    policy: RetryPolicy
    monotonic: Callable[[], float]
    idempotency_key: str | None = None
    sends_keys: bool = True

    def __post_init__(self) -> None:
        if self.idempotency_key is not None:
            require_visible(self.idempotency_key, "the idempotency key")

    def run(self, call: Call[Any]) -> Flow[httpx2.Response]:
        """Send a call until it succeeds or cannot; raises `CallFailed`."""
        ends_at = self.monotonic() + self.policy.deadline_s
        call = self._with_key(call)
        for attempts in count(1):
            outcome = yield Send(call, max(_TIMEOUT_MIN_S, ends_at - self.monotonic()))
            result = _to_result(outcome)
            if isinstance(result, httpx2.Response):
                return result
            if isinstance(result, IdempotencyUnavailable) and self.idempotency_key is None and self.sends_keys:
                self.sends_keys, call = False, _without_key(call)
                continue
            wait_s = self.policy.next_wait_s(attempts, result, call, ends_at - self.monotonic())
            if wait_s is None:
                raise result
            yield Pause(wait_s)
        raise AssertionError("unreachable")

    def wait_for_batch(
        self, batch_id: str, polling: Polling, on_progress: Callable[[Batch], object] | None
    ) -> Flow[Batch]:
        """Poll a batch until it has ended; raises `CallFailed`, also `BatchNotEnded` after the deadline."""
        ends_at = None if polling.deadline_s is None else self.monotonic() + polling.deadline_s
        call, pause_s = get_batch(batch_id), polling.first_s
        while True:
            batch = call.parse((yield from self.run(call)).content)
            if on_progress is not None:
                on_progress(batch)
            if batch.has_ended:
                return batch
            if ends_at is not None and self.monotonic() + pause_s > ends_at:
                raise BatchNotEnded(batch)
            yield Pause(pause_s)
            pause_s = min(pause_s * _POLL_GROWTH, polling.max_s)

    def _with_key(self, call: Call[T]) -> Call[T]:
        if not call.accepts_key or (self.idempotency_key is None and not self.sends_keys):
            return call
        return replace(call.with_header(IDEMPOTENCY_KEY, self.idempotency_key or str(uuid.uuid4())), is_repeatable=True)


def _without_key(call: Call[T]) -> Call[T]:
    headers = {name: value for name, value in call.headers.items() if name != IDEMPOTENCY_KEY}
    return replace(call, headers=headers, is_repeatable=False)


def _to_result(outcome: Outcome) -> httpx2.Response | CallFailed:
    """Return a successful response as it is, and the error that any other outcome means."""
    if isinstance(outcome, httpx2.Response):
        return find_failure(outcome) or outcome
    if outcome is None:
        raise TypeError("a Send is answered with a response or an error")
    failure = to_failure(outcome)
    failure.__cause__ = outcome
    return failure


def to_failure(error: httpx2.RequestError) -> ServiceUnreachable:
    """Return the error of a request that got no response, or of a response that broke off."""
    address = f"{error.request.url.scheme}://{error.request.url.netloc.decode()}"
    if isinstance(error, httpx2.ReadTimeout):
        return ResponseTimedOut(
            f"{address} did not answer within the deadline: allow more with RetryPolicy", was_sent=True
        )
    if isinstance(error, _NOT_SENT):
        reason = str(error) or type(error).__name__
        message = f"{address} cannot be reached ({reason}): check the address, and that it runs"
        return ServiceUnreachable(message, was_sent=False)
    return ServiceUnreachable(f"the connection to {address} broke ({type(error).__name__}): ask again", was_sent=True)
