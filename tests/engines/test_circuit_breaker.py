"""The breaker: when it opens, for how long, and that one caller alone finds out whether the server is back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest

from subtext import errors
from subtext.engines.circuit_breaker import BreakerLimits, CircuitBreaker, State
from tests.support.fakes import FakeClock

DOWN = errors.EngineServerError("down")


@dataclass
class Bench:
    """A breaker without chance, and every state that it entered."""

    clock: FakeClock = field(default_factory=FakeClock)
    seen: list[State] = field(default_factory=list)
    drawn: float = 0.0

    def __post_init__(self) -> None:
        self.breaker = CircuitBreaker(BreakerLimits(), self.clock, draw=self._draw, on_change=self.seen.append)

    def _draw(self, low: float, high: float) -> float:
        return low + (high - low) * self.drawn

    def state(self) -> State:
        """The state of the breaker now; a method, as a type checker takes a property for unchanged between calls."""
        return self.breaker.state

    def fail(self, error: errors.EngineError = DOWN, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.failed(self.breaker.before_call(), error)

    def succeed(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.succeeded(self.breaker.before_call())

    def wait_until_admitted(self) -> float:
        """The wait that a refused caller is told, sat out."""
        refusal = self.refusal()
        assert refusal.retry_after_s is not None
        self.clock.elapsed += refusal.retry_after_s
        return refusal.retry_after_s

    def refusal(self) -> errors.EngineError:
        """What a caller is told who comes while the server is left alone."""
        with pytest.raises(errors.EngineError) as caught:
            self.breaker.before_call()
        return caught.value


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_five_failures_in_a_row_open_it(bench: Bench) -> None:
    bench.fail(times=4)
    bench.succeed()
    bench.fail(times=4)
    assert bench.state() == "closed"

    bench.fail()

    assert bench.state() == "open"
    assert bench.wait_until_admitted() == 15.0


def test_half_of_twenty_calls_within_thirty_seconds_open_it(bench: Bench) -> None:
    for _ in range(9):
        bench.succeed()
        bench.fail()
    bench.succeed()
    assert bench.state() == "closed"

    bench.fail()

    assert bench.state() == "open"


def test_what_is_older_than_the_window_is_forgotten(bench: Bench) -> None:
    for _ in range(9):
        bench.succeed()
        bench.fail()
    bench.clock.elapsed += 30.1
    bench.succeed()

    bench.fail()

    assert bench.state() == "closed"


@dataclass(frozen=True)
class Verdict:
    id: str
    error: errors.EngineError
    rest_s: float | None
    """How long the server is left alone after this one failure, None: not at all."""


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("wrong key", errors.EngineMisconfigured("x"), 60.0),
        Verdict("no credit", errors.EngineQuotaExhausted("x"), 60.0),
        Verdict("asked to wait", errors.EngineRateLimited("x", retry_after_s=42.0), 42.0),
        Verdict("rate limit without a time", errors.EngineRateLimited("x"), None),
        Verdict("one error", errors.EngineServerError("x"), None),
        Verdict("busy, with a time", errors.EngineUnavailable("x", retry_after_s=42.0), None),
    ],
    ids=lambda verdict: verdict.id,
)
def test_one_failure_opens_it_where_it_says_for_how_long(bench: Bench, verdict: Verdict) -> None:
    bench.fail(verdict.error)

    assert bench.state() == ("closed" if verdict.rest_s is None else "open")
    if verdict.rest_s is not None:
        assert bench.wait_until_admitted() == verdict.rest_s


@pytest.mark.parametrize(
    "error",
    [
        errors.EngineRefused("x"),
        errors.EngineFiltered("x"),
        errors.EngineBadOutput("x"),
        errors.EngineInputTooLong("x"),
        errors.EngineOutputTruncated("x"),
        errors.EngineRejectedRequest("x"),
    ],
    ids=lambda error: error.code,
)
def test_what_a_server_says_of_one_article_is_an_answer(bench: Bench, error: errors.EngineError) -> None:
    bench.fail(times=4)
    bench.fail(error)
    bench.fail(times=4)

    assert bench.state() == "closed"


@dataclass(frozen=True)
class Cause:
    id: str
    error: errors.EngineError
    times: int
    refused_with: type[errors.EngineError]


@pytest.mark.parametrize(
    "cause",
    [
        Cause("no such model", errors.EngineMisconfigured("no such model: check X"), 1, errors.EngineMisconfigured),
        Cause("no credit", errors.EngineQuotaExhausted("no credit is left"), 1, errors.EngineQuotaExhausted),
        Cause("rate", errors.EngineRateLimited("slow down", retry_after_s=15.0), 1, errors.EngineUnavailable),
        Cause("errors", errors.EngineServerError("it failed: try again later"), 5, errors.EngineUnavailable),
        Cause("silence", errors.EngineTimedOut("no answer in time"), 5, errors.EngineUnavailable),
        Cause("nobody there", errors.EngineUnavailable("cannot be reached"), 5, errors.EngineUnavailable),
    ],
    ids=lambda cause: cause.id,
)
def test_while_it_is_open_it_says_why_and_for_how_long(bench: Bench, cause: Cause) -> None:
    bench.fail(cause.error, cause.times)
    bench.clock.elapsed += 2.5

    refusal = bench.refusal()

    assert type(refusal) is cause.refused_with
    assert refusal.detail.startswith(cause.error.detail)
    assert f"for another {math.ceil(refusal.retry_after_s or 0)} s" in refusal.detail
    assert bench.breaker.reason == cause.error.code


def test_the_last_cause_is_the_one_that_is_told(bench: Bench) -> None:
    bench.fail(times=5)
    bench.wait_until_admitted()
    bench.fail(errors.EngineMisconfigured("wrong key: check X"))

    assert bench.refusal().detail.startswith("wrong key: check X")


def test_once_it_is_closed_there_is_no_reason(bench: Bench) -> None:
    bench.fail(times=5)
    bench.wait_until_admitted()
    bench.succeed()

    assert bench.breaker.reason is None


def test_one_caller_probes_and_the_others_wait(bench: Bench) -> None:
    bench.fail(times=5)
    bench.wait_until_admitted()

    turn = bench.breaker.before_call()

    with pytest.raises(errors.EngineUnavailable) as caught:
        bench.breaker.before_call()
    assert caught.value.retry_after_s == 1.0
    bench.breaker.succeeded(turn)
    bench.succeed(times=3)
    assert bench.seen == ["open", "half_open", "closed"]


def test_each_failed_probe_doubles_the_wait_up_to_two_minutes(bench: Bench) -> None:
    bench.fail(times=5)
    waits = []
    for _ in range(5):
        waits.append(bench.wait_until_admitted())
        bench.fail()
    assert waits == [15.0, 30.0, 60.0, 120.0, 120.0]

    bench.wait_until_admitted()
    bench.succeed()
    bench.fail(times=5)

    assert bench.wait_until_admitted() == 15.0


def test_the_wait_is_up_to_a_tenth_longer_so_that_processes_part(bench: Bench) -> None:
    bench.drawn = 1.0
    bench.fail(times=5)

    assert bench.wait_until_admitted() == pytest.approx(16.5)


def test_an_abandoned_probe_is_free_for_the_next(bench: Bench) -> None:
    bench.fail(times=5)
    bench.wait_until_admitted()
    bench.breaker.cancelled(bench.breaker.before_call())

    bench.succeed()

    assert bench.state() == "closed"


def test_a_call_from_before_says_nothing_of_the_server_now(bench: Bench) -> None:
    early = [bench.breaker.before_call() for _ in range(3)]
    bench.fail(times=5)
    bench.breaker.succeeded(early[0])
    assert bench.state() == "open"
    bench.wait_until_admitted()
    probe = bench.breaker.before_call()

    bench.breaker.failed(early[1], DOWN)
    bench.breaker.cancelled(early[2])

    assert bench.state() == "half_open"
    bench.breaker.succeeded(probe)
    assert bench.state() == "closed"
