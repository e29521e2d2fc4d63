"""Retry policy and retry budget for all calls to a model's server, inside one deadline.

An attempt is repeated if that can help and never if it cannot (the table of `failures`): after the time that the
server asks for, else after a random part of a growing span (full jitter), so that many callers do not come back at
once. A wait that reaches past the deadline is not begun.

The retry budget: retries are a small part of all calls, so that a server in trouble gets no storm of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, stop_after_attempt
from tenacity.retry import retry_base
from tenacity.stop import stop_base

from subtext.engines.llm.error_reports import parse_duration
from subtext.engines.llm.failures import AttemptFailed
from subtext.intake.http.retry_after import parse_positive, parse_retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from tenacity import RetryCallState

    from subtext.clock import Clock

_T = TypeVar("_T")


class RetryBudget:
    """Budget retries (token bucket): each first attempt earns a `share` of one, each second `per_s`, up to `burst`.

    The trickle keeps retries possible where there are few calls.
    """

    def __init__(self, clock: Clock, *, share: float = 0.1, per_s: float = 1.0, burst: float = 10.0) -> None:
        self._clock, self._share, self._per_s, self._burst = clock, share, per_s, burst
        self._left, self._seen_at = burst, clock.monotonic()

    def deposit(self) -> None:
        """Earn the share of a first attempt."""
        self._refill(self._share)

    def withdraw(self) -> bool:
        """Spend one retry; return whether there was one left."""
        self._refill(0.0)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _refill(self, earned: float) -> None:
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + earned + (now - self._seen_at) * self._per_s)
        self._seen_at = now


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retry up to `max_attempts` calls, `corrections` of them to correct an answer, after waits with full jitter.

    A `budget` is shared by all that is asked of one server; once it is spent, the first failure is the last.
    """

    max_attempts: int = 3
    corrections: int = 1
    base_s: float = 0.25
    cap_s: float = 4.0
    jitter: Callable[[float, float], float] = random.uniform
    budget: RetryBudget | None = None

    async def run(
        self,
        attempt: Callable[[], Awaitable[_T]],
        deadline: float,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        on_wait: Callable[[float], None],
    ) -> _T:
        """Make attempts until one returns or the deadline (monotonic s) ends them; raises what the last one raised."""
        retrying = self._build_retrying(deadline, clock, sleep, on_wait)
        try:
            return await retrying(attempt)
        finally:
            # Tenacity's last actions refer to it, and it to them: only the garbage collector would free the attempt.
            retrying.iter_state.reset()

    def _build_retrying(
        self,
        deadline: float,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        on_wait: Callable[[float], None],
    ) -> AsyncRetrying:
        stop = stop_after_attempt(self.max_attempts) | _BeforeDeadline(deadline, clock)
        if self.budget is not None:
            self.budget.deposit()
            # Last, so that it is only spent on an attempt that is made.
            stop |= _BudgetSpent(self.budget)
        return AsyncRetrying(
            retry=_IsRetryable(self.corrections),
            wait=self._wait,
            stop=stop,
            sleep=sleep,
            before_sleep=lambda state: on_wait(state.upcoming_sleep),
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        failed = _failure(state)
        if failed is None or failed.rule.action == "correct":
            return 0.0
        if failed.retry_after_s is not None:
            return failed.retry_after_s
        return self.jitter(0.0, min(self.cap_s, self.base_s * 2 ** (state.attempt_number - 1)))


class _IsRetryable(retry_base):
    """Retry if one more attempt can help; corrections are asked for only so often, in each looser form once."""

    def __init__(self, corrections: int) -> None:
        self._corrections_left = corrections

    def __call__(self, state: RetryCallState) -> bool:
        failed = _failure(state)
        if failed is None or failed.rule.action == "fail":
            return False
        if failed.is_loosened:
            return True
        if failed.rule.action == "correct":
            self._corrections_left -= 1
            return self._corrections_left >= 0
        return True


class _BeforeDeadline(stop_base):
    """Stop if the coming wait would end at the deadline or after it."""

    def __init__(self, deadline: float, clock: Clock) -> None:
        self._deadline, self._clock = deadline, clock

    def __call__(self, state: RetryCallState) -> bool:
        return self._clock.monotonic() + state.upcoming_sleep >= self._deadline


class _BudgetSpent(stop_base):
    """Stop if no retry is left to spend."""

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget

    def __call__(self, _: RetryCallState) -> bool:
        return not self._budget.withdraw()


def parse_server_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that a model's server asks to wait, by its headers; None if it asks for none.

    `retry-after-ms` is finer than Retry-After; without either, a rate limit that is used up says when it is restored.
    """
    millis = parse_positive(headers.get("retry-after-ms", ""))
    if millis is not None:
        return millis / 1_000
    wait = parse_retry_after(headers, now)
    return _parse_limit_reset(headers) if wait is None else wait


def _parse_limit_reset(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until every limit that is used up is restored: OpenAI sends `6m0s` beside a remainder of 0."""
    waits = (
        parse_duration(headers.get(f"x-ratelimit-reset-{limit}", ""))
        for limit in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{limit}", "").strip() == "0"
    )
    return max((wait for wait in waits if wait is not None), default=None)


def _failure(state: RetryCallState) -> AttemptFailed | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, AttemptFailed) else None
