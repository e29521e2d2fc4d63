from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.llm.failures import FAILURES, AttemptFailed
from subtext.engines.llm.retries import RetryBudget, RetryPolicy, parse_retry_after
from tests.support.fakes import START, StillClock


async def run(policy: RetryPolicy, clock: StillClock, outcomes: list[str], *, deadline: float = 100.0) -> list[str]:
    """The outcomes of a run of the policy whose attempts end like these, one after the other, and the last for ever."""
    met: list[str] = []

    async def attempt() -> None:
        met.append(outcomes[min(len(met), len(outcomes) - 1)])
        if met[-1] != "ok":
            raise AttemptFailed(met[-1])

    try:
        await policy.retrying(deadline, clock, clock.sleep, lambda _seconds: None)(attempt)
    except AttemptFailed as failed:
        return [*met, f"raised {failed.outcome}"]
    return met


@pytest.mark.parametrize("outcome", sorted(FAILURES))
async def test_each_outcome_is_met_with_its_remedy(outcome: str, clock: StillClock) -> None:
    calls = {"again": 3, "reask": 2, "give_up": 1}[FAILURES[outcome].action]

    assert await run(RetryPolicy(), clock, [outcome]) == [outcome] * calls + [f"raised {outcome}"]


async def test_an_answer_is_sent_back_once_whatever_comes_between(clock: StillClock) -> None:
    met = await run(RetryPolicy(max_attempts=9), clock, ["invalid", "server_error", "no_json"])

    assert met == ["invalid", "server_error", "no_json", "raised no_json"]


async def test_one_attempt_is_one_call_even_for_a_bad_answer(clock: StillClock) -> None:
    assert await run(RetryPolicy(max_attempts=1), clock, ["invalid"]) == ["invalid", "raised invalid"]


async def test_nothing_is_waited_for_that_ends_at_the_deadline_or_after(clock: StillClock) -> None:
    policy = RetryPolicy(max_attempts=9, base_s=1.0, jitter=lambda _low, high: high)

    met = await run(policy, clock, ["server_error"], deadline=7.0)

    assert clock.waits == [1.0, 2.0]
    assert len(met) == 4


async def test_a_server_that_is_down_gets_no_storm_of_retries(clock: StillClock) -> None:
    policy = RetryPolicy(budget=RetryBudget(clock, per_s=0.0))

    calls = sum([len(await run(policy, clock, ["server_error"], deadline=1e9)) - 1 for _ in range(1_000)])

    assert 1_100 <= calls <= 1_110


async def test_the_budget_pays_for_no_attempt_that_is_not_made(clock: StillClock) -> None:
    budget = RetryBudget(clock, share=0.0, per_s=0.0, burst=2.0)
    for _ in range(5):
        await run(RetryPolicy(max_attempts=1, budget=budget), clock, ["server_error"])

    assert len(await run(RetryPolicy(budget=budget), clock, ["server_error"], deadline=1e9)) == 4


async def test_another_exception_is_not_retried(clock: StillClock) -> None:
    calls = []

    async def attempt() -> None:
        calls.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        await RetryPolicy().retrying(9.0, clock, clock.sleep, lambda _seconds: None)(attempt)

    assert len(calls) == 1


@pytest.mark.parametrize(
    "value", ["５", "1e3", "+5", "1.", "", " ", "0.0", "Thu, 01 Jan 1970 00:00:00 GMT", "tomorrow"]
)
def test_a_retry_after_without_sense_asks_for_nothing(value: str) -> None:
    assert parse_retry_after({"retry-after": value}, START) is None


def test_a_date_without_a_zone_is_in_universal_time() -> None:
    assert parse_retry_after({"retry-after": "Sun, 01 Mar 2026 12:00:09"}, START) == 9.0


def test_without_a_header_nothing_is_asked_for() -> None:
    assert parse_retry_after({}, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "0", "retry-after": "2"}, 2.0),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-tokens": "1", "x-ratelimit-reset-tokens": "6m0s"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "later"}, None),
        ({"x-ratelimit-reset-tokens": "6m0s"}, None),
    ],
    ids=str,
)
def test_other_headers_that_ask_to_wait(headers: dict[str, str], wait_s: float | None) -> None:
    assert parse_retry_after(headers, START) == wait_s


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_header_is_a_wait_or_none(value: str, date: str) -> None:
    wait = parse_retry_after({"retry-after": value, "date": date}, START)

    assert wait is None or wait > 0
