from __future__ import annotations

from typing import Any

import httpx2
import pytest

from subtext.client import operations
from subtext.client.call import IDEMPOTENCY_KEY
from subtext.client.errors import (
    BatchNotEnded,
    QuotaExceeded,
    ResponseTimedOut,
    ServiceUnreachable,
    UnexpectedResponse,
)
from subtext.client.exchange import Exchange, Pause, Polling, Send
from subtext.client.problem_errors import IdempotencyUnavailable, Internal, RateLimited
from subtext.client.retry_policy import RetryPolicy
from tests.support.clients import run_flow

REQUEST = httpx2.Request("POST", "http://127.0.0.1:1/v1/analyses")
OK = httpx2.Response(200, json={}, request=REQUEST)
POLICY = RetryPolicy(deadline_s=60.0, jitter=lambda _low, high: high)
ANALYZE = operations.analyze_article(text="a")
ROTATE = operations.rotate_secret("wh_1")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def problem(status: int, code: str, *, retryable: bool = True, retry_after: str = "") -> httpx2.Response:
    fields = {"type": f"/problems/{code}", "title": code, "detail": "it failed", "instance": "/", "code": code}
    body = {**fields, "status": status, "request_id": "req-1", "retryable": retryable, "errors": []}
    return httpx2.Response(status, json=body, headers={"Retry-After": retry_after}, request=REQUEST)


def exchange(**changes: Any) -> Exchange:
    return Exchange(POLICY, Clock(), **changes)


def waits(steps: list[Any]) -> list[float]:
    return [step.seconds for step in steps if isinstance(step, Pause)]


def keys(steps: list[Any]) -> list[str | None]:
    return [step.call.headers.get(IDEMPOTENCY_KEY) for step in steps if isinstance(step, Send)]


def test_every_attempt_has_the_same_key_and_every_call_its_own() -> None:
    first, _ = run_flow(
        exchange().run(ANALYZE), [problem(503, "overloaded"), httpx2.ReadError("", request=REQUEST), OK]
    )
    second, _ = run_flow(exchange().run(ANALYZE), [OK])

    assert len(set(keys(first))) == 1
    assert None not in keys(first)
    assert keys(first)[0] != keys(second)[0]


def test_retry_after_is_waited_for_and_otherwise_longer_each_time() -> None:
    limited = problem(429, "rate_limited", retry_after="7")
    steps, result = run_flow(
        exchange().run(ANALYZE), [limited, problem(503, "overloaded"), problem(503, "overloaded"), OK]
    )

    assert waits(steps) == [7.0, 1.0, 2.0]
    assert result is OK


def test_a_wait_past_the_deadline_is_not_begun() -> None:
    steps, error = run_flow(exchange().run(ANALYZE), [problem(429, "rate_limited", retry_after="60")])

    assert waits(steps) == []
    assert isinstance(error, RateLimited)
    assert isinstance(error, QuotaExceeded)
    assert (error.retry_after_s, error.request_id, error.status) == (60.0, "req-1", 429)


def test_attempts_are_limited() -> None:
    steps, error = run_flow(exchange().run(ANALYZE), [problem(500, "internal")] * 9)

    assert len(keys(steps)) == POLICY.max_attempts
    assert isinstance(error, Internal)


def test_the_time_that_is_left_bounds_each_attempt() -> None:
    clock = Clock()
    flow = Exchange(POLICY, clock).run(ANALYZE)
    first = next(flow)
    clock.now = 50.0
    flow.send(problem(503, "overloaded"))
    second = flow.send(None)

    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert (first.timeout_s, second.timeout_s) == (60.0, 10.0)


@pytest.mark.parametrize(
    ("outcome", "is_retried"),
    [
        (httpx2.ConnectError("", request=REQUEST), True),
        (problem(503, "overloaded"), True),
        (httpx2.ReadError("", request=REQUEST), False),
        (httpx2.RemoteProtocolError("", request=REQUEST), False),
        (problem(500, "internal"), False),
        (httpx2.Response(502, text="<html>", request=REQUEST), False),
    ],
    ids=["not sent", "not begun", "broken", "cut", "failed in it", "a proxy's page"],
)
def test_what_may_have_happened_is_not_done_twice(outcome: Any, is_retried: bool) -> None:
    steps, _ = run_flow(exchange().run(ROTATE), [outcome, OK])

    assert len(keys(steps)) == (2 if is_retried else 1)


@pytest.mark.parametrize(
    "outcome",
    [
        problem(422, "text_refused", retryable=False),
        problem(501, "batches_unavailable", retryable=False),
        httpx2.Response(404, text="<html>", request=REQUEST),
        httpx2.Response(302, request=REQUEST),
    ],
    ids=["at fault", "switched off", "no service", "a redirect"],
)
def test_what_cannot_succeed_is_not_sent_again(outcome: httpx2.Response) -> None:
    steps, error = run_flow(exchange().run(ANALYZE), [outcome])

    assert len(steps) == 1
    assert isinstance(error, Exception)


def test_a_service_without_storage_is_asked_without_a_key() -> None:
    shared, refusal = exchange(), problem(501, "idempotency_unavailable", retryable=False)

    first, result = run_flow(shared.run(ANALYZE), [refusal, OK])
    second, _ = run_flow(shared.run(ANALYZE), [OK])

    assert [key is None for key in (*keys(first), *keys(second))] == [False, True, True]
    assert result is OK


def test_a_key_of_the_caller_is_never_left_out() -> None:
    steps, error = run_flow(
        exchange(idempotency_key="mine").run(ANALYZE), [problem(501, "idempotency_unavailable", retryable=False)]
    )

    assert keys(steps) == ["mine"]
    assert isinstance(error, IdempotencyUnavailable)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (httpx2.ReadTimeout("", request=REQUEST), ResponseTimedOut),
        (httpx2.ConnectTimeout("", request=REQUEST), ServiceUnreachable),
        (httpx2.DecodingError("", request=REQUEST), ServiceUnreachable),
        (httpx2.Response(404, text="nginx", request=REQUEST), UnexpectedResponse),
    ],
)
def test_every_failure_becomes_an_error_of_the_tree(outcome: Any, kind: type[Exception]) -> None:
    _, error = run_flow(Exchange(RetryPolicy(max_attempts=1), Clock()).run(ANALYZE), [outcome])

    assert type(error) is kind


def batch(state: str) -> httpx2.Response:
    times = {"created_at": "2026-11-30T12:00:00Z", "started_at": None, "ended_at": None}
    fields = {"id": "bat_1", "state": state, "total": 1, "counts": {}, "rate": None, "remaining_s": None}
    return httpx2.Response(200, json={**fields, **times, "results": "/"}, request=REQUEST)


def test_a_batch_is_polled_less_and_less_until_it_has_ended() -> None:
    seen: list[str] = []
    polling = Polling(first_s=1.0, max_s=2.0)
    flow = exchange().wait_for_batch("bat_1", polling, lambda batch: seen.append(batch.state))

    steps, ended = run_flow(
        flow, [batch("queued"), batch("running"), batch("running"), batch("running"), batch("done")]
    )

    assert waits(steps) == [1.0, 1.5, 2.0, 2.0]
    assert seen == ["queued", "running", "running", "running", "done"]
    assert ended.has_ended


def test_the_wait_for_a_batch_has_an_end() -> None:
    _, error = run_flow(exchange().wait_for_batch("bat_1", Polling(deadline_s=0.1), None), [batch("running")])

    assert isinstance(error, BatchNotEnded)
    assert error.batch.state == "running"
