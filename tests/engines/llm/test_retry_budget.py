"""The retry budget: a tenth of all calls, and one a second where there are few."""

from __future__ import annotations

from subtext.engines.llm.retries import RetryBudget
from tests.support.fakes import FakeClock


def retries(budget: RetryBudget, calls: int) -> int:
    """How many retries are allowed where each of so many calls wants one."""
    allowed = 0
    for _ in range(calls):
        budget.deposit()
        allowed += budget.withdraw()
    return allowed


def test_a_server_that_is_down_gets_a_tenth_more_calls_after_the_first_few() -> None:
    budget = RetryBudget(FakeClock())
    assert retries(budget, 20) == 11

    assert 99 <= retries(budget, 1_000) <= 101


def test_one_retry_a_second_is_always_there() -> None:
    clock = FakeClock()
    budget = RetryBudget(clock)
    while budget.withdraw():
        pass

    clock.elapsed += 3.0

    assert [budget.withdraw() for _ in range(4)] == [True, True, True, False]


def test_quiet_hours_do_not_add_up_to_a_storm() -> None:
    clock = FakeClock()
    budget = RetryBudget(clock)
    clock.elapsed += 86_400.0

    assert retries(budget, 10) == 10
    assert retries(budget, 10) <= 2
