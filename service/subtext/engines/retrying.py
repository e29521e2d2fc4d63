"""Retrying: one policy for all calls to a model's server, inside one deadline.

An attempt is repeated where that can help and never where it cannot (the table of `faults`): after the time that the
server asks for, else after a random part of a growing span (full jitter), so that many callers do not come back at
once. A wait that reaches past the deadline is not begun.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, stop_after_attempt
from tenacity.retry import retry_base
from tenacity.stop import stop_base

from subtext.engines.error_reports import parse_duration
from subtext.engines.faults import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tenacity import RetryCallState

    from subtext.analyst.ports import Clock
    from subtext.engines.budget import RetryBudget

# RFC 9110, section 10.2.3, has whole seconds; fractions are sent all the same.
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `max_attempts` calls and `reasks` of them to mend an answer; waits drawn from 0 to a doubling span.

    A `budget` is shared by all that is asked of one server; where it is spent, the first failure is the last.
    """

    max_attempts: int = 3
    reasks: int = 1
    base_s: float = 0.25
    cap_s: float = 4.0
    draw: Callable[[float, float], float] = random.uniform
    budget: RetryBudget | None = None

    def until(
        self,
        deadline: float,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        on_wait: Callable[[float], None],
    ) -> AsyncRetrying:
        """A run of the policy that ends by the deadline (monotonic s) and raises what its last attempt raised."""
        stop = stop_after_attempt(self.max_attempts) | _BeforeDeadline(deadline, clock)
        if self.budget is not None:
            self.budget.earn()
            # Last, so that it is only spent on an attempt that is made.
            stop |= _OverBudget(self.budget)
        return AsyncRetrying(
            retry=_MayHelp(self.reasks),
            wait=self._wait,
            stop=stop,
            sleep=sleep,
            before_sleep=lambda state: on_wait(state.upcoming_sleep),
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        failed = _failure(state)
        if failed is None or failed.fault.remedy == "reask":
            return 0.0
        if failed.retry_after_s is not None:
            return failed.retry_after_s
        return self.draw(0.0, min(self.cap_s, self.base_s * 2 ** (state.attempt_number - 1)))


class _MayHelp(retry_base):
    """Whether one more attempt can help; answers are sent back for mending only so often, in each looser form once."""

    def __init__(self, reasks: int) -> None:
        self._reasks_left = reasks

    def __call__(self, state: RetryCallState) -> bool:
        failed = _failure(state)
        if failed is None or failed.fault.remedy == "give_up":
            return False
        if failed.is_loosened:
            return True
        if failed.fault.remedy == "reask":
            self._reasks_left -= 1
            return self._reasks_left >= 0
        return True


class _BeforeDeadline(stop_base):
    """Stops where the coming wait would end at the deadline or after it."""

    def __init__(self, deadline: float, clock: Clock) -> None:
        self._deadline, self._clock = deadline, clock

    def __call__(self, state: RetryCallState) -> bool:
        return self._clock.monotonic() + state.upcoming_sleep >= self._deadline


class _OverBudget(stop_base):
    """Stops where no retry is left to spend."""

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget

    def __call__(self, _: RetryCallState) -> bool:
        return not self._budget.spend()


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that a server asks to wait, by its headers; None where it asks for nothing that makes sense.

    `retry-after-ms` is finer than Retry-After; without either, a limit that is used up says when there is more. A date
    counts from the server's own Date where it sends one, so that clocks may differ. What lies in the past, like
    0 and anything that is neither seconds nor a date, asks for no particular wait.
    """
    millis = headers.get("retry-after-ms", "").strip()
    if _SECONDS.fullmatch(millis) and float(millis):
        return float(millis) / 1_000
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value) or None
    until = _date(value)
    if until is None:
        return _reset_of_limits(headers)
    seconds = (until - (_date(headers.get("date", "")) or now)).total_seconds()
    return seconds if seconds > 0 else None


def _reset_of_limits(headers: Mapping[str, str]) -> float | None:
    """The seconds until every limit that is used up is restored: OpenAI sends `6m0s` beside a remainder of 0."""
    waits = (
        parse_duration(headers.get(f"x-ratelimit-reset-{limit}", ""))
        for limit in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{limit}", "").strip() == "0"
    )
    return max((wait for wait in waits if wait is not None), default=None)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _failure(state: RetryCallState) -> AttemptFailed | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, AttemptFailed) else None
