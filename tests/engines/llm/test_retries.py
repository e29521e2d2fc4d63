from __future__ import annotations

import asyncio
import gc
import weakref
from functools import partial
from typing import TYPE_CHECKING, Literal

import pytest

from subtext.engines.llm.failures import FAILURES, AttemptFailed
from subtext.engines.llm.retries import RetryBudget, RetryPolicy, parse_server_wait
from tests.support.fakes import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.engines.llm.failures import Outcome


class Waits:
    """What an attempt refers to as long as it is in memory."""

    def record(self, seconds: float) -> None:
        """Take no note of a wait."""


async def run(
    policy: RetryPolicy, clock: FakeClock, outcomes: Sequence[Outcome | Literal["ok"]], *, deadline: float = 100.0
) -> list[str]:
    """The outcomes of a run of the policy whose attempts end like these, one after the other, and the last for ever."""
    met: list[str] = []

    async def attempt() -> None:
        outcome = outcomes[min(len(met), len(outcomes) - 1)]
        met.append(outcome)
        if outcome != "ok":
            raise AttemptFailed(outcome)

    try:
        await policy.run(attempt, deadline, clock, clock.sleep, lambda _seconds: None)
    except AttemptFailed as failed:
        return [*met, f"raised {failed.outcome}"]
    return met


@pytest.mark.parametrize("outcome", sorted(FAILURES))
async def test_each_outcome_is_met_with_its_remedy(outcome: Outcome, clock: FakeClock) -> None:
    calls = {"retry": 3, "correct": 2, "fail": 1}[FAILURES[outcome].action]

    assert await run(RetryPolicy(), clock, [outcome]) == [outcome] * calls + [f"raised {outcome}"]


async def test_an_answer_is_sent_back_once_whatever_comes_between(clock: FakeClock) -> None:
    met = await run(RetryPolicy(max_attempts=9), clock, ["invalid", "server_error", "no_json"])

    assert met == ["invalid", "server_error", "no_json", "raised no_json"]


async def test_one_attempt_is_one_call_even_for_a_bad_answer(clock: FakeClock) -> None:
    assert await run(RetryPolicy(max_attempts=1), clock, ["invalid"]) == ["invalid", "raised invalid"]


async def test_nothing_is_waited_for_that_ends_at_the_deadline_or_after(clock: FakeClock) -> None:
    policy = RetryPolicy(max_attempts=9, base_s=1.0, jitter=lambda _low, high: high)

    met = await run(policy, clock, ["server_error"], deadline=7.0)

    assert clock.waits == [1.0, 2.0]
    assert len(met) == 4


async def test_a_server_that_is_down_gets_no_storm_of_retries(clock: FakeClock) -> None:
    policy = RetryPolicy(budget=RetryBudget(clock, per_s=0.0))

    calls = sum([len(await run(policy, clock, ["server_error"], deadline=1e9)) - 1 for _ in range(1_000)])

    assert 1_100 <= calls <= 1_110


async def test_the_budget_pays_for_no_attempt_that_is_not_made(clock: FakeClock) -> None:
    budget = RetryBudget(clock, share=0.0, per_s=0.0, burst=2.0)
    for _ in range(5):
        await run(RetryPolicy(max_attempts=1, budget=budget), clock, ["server_error"])

    assert len(await run(RetryPolicy(budget=budget), clock, ["server_error"], deadline=1e9)) == 4


async def test_another_exception_is_not_retried(clock: FakeClock) -> None:
    calls = []

    async def attempt() -> None:
        calls.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        await RetryPolicy().run(attempt, 9.0, clock, clock.sleep, lambda _seconds: None)

    assert len(calls) == 1


async def test_a_call_leaves_nothing_to_the_garbage_collector(clock: FakeClock) -> None:
    waits = Waits()
    log = weakref.ref(waits)
    gc.disable()
    try:
        await RetryPolicy().run(partial(asyncio.sleep, 0), 9.0, clock, clock.sleep, waits.record)
        del waits
        assert log() is None
    finally:
        gc.enable()


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
    assert parse_server_wait(headers, START) == wait_s
