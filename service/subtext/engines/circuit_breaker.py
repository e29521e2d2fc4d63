"""Circuit breaker: stop calling a model's server that keeps failing for a while, then let one caller probe it.

By hand, because libraries open by failures in a row alone, for one fixed time, and let every caller through when half
open; here a rate counts too, Retry-After and failed probes set the time, and faults for the operator have a time of
their own (docs/decisions/0007).
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from subtext import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.clock import Clock

State = Literal["closed", "open", "half_open"]

# Failures of the server. What it says of one article, a refusal or a bad draft, is no reason to spare it.
_OF_SERVER = (errors.EngineUnavailable, errors.EngineServerError, errors.EngineTimedOut, errors.EngineRateLimited)
# Only the operator can mend these, so asking again within a minute is of no use.
_OF_OPERATOR = (errors.EngineMisconfigured, errors.EngineQuotaExhausted)


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a breaker opens, and for how long (seconds).

    It opens after `failures` in a row, or when a `rate` of at least `calls` within `window_s` failed; for `open_s`,
    doubled each time that the probe fails, up to `open_max_s`, and up to `jitter` of it longer.
    """

    failures: int = 5
    rate: float = 0.5
    calls: int = 20
    window_s: float = 30.0
    open_s: float = 15.0
    open_max_s: float = 120.0
    operator_s: float = 60.0
    jitter: float = 0.1


class CircuitBreaker:
    """Decide whether one server may be called, from how its calls ended.

    `on_change` is called with each new state, for the log and for metrics. A call belongs to the generation in which it
    was let through: what ends after the state has changed says nothing about the server as it is now.
    """

    def __init__(
        self,
        limits: BreakerLimits,
        clock: Clock,
        *,
        draw: Callable[[float, float], float] = random.uniform,
        on_change: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._limits, self._clock, self._draw, self._on_change = limits, clock, draw, on_change
        self._state: State = "closed"
        self._generation = 0
        self._opens_at = 0.0
        self._open_s = limits.open_s
        self._in_a_row = 0
        self._failed = 0
        self._ended: deque[tuple[float, bool]] = deque()
        self._cause: errors.EngineError | None = None

    @property
    def state(self) -> State:
        """Return the state; `open` until a caller comes to probe."""
        return self._state

    @property
    def reason(self) -> str | None:
        """Return the code of the failure that opened it, None while it is closed."""
        return None if self._cause is None else self._cause.code

    def before_call(self) -> int:
        """Let a call through and return its generation, or raise why there is none and how long to wait."""
        wait = self._opens_at - self._clock.monotonic()
        if self._state == "open" and wait <= 0:
            self._enter("half_open")
        elif self._cause is not None:
            raise _refusal(self._cause, max(wait, 1.0))
        return self._generation

    def succeeded(self, generation: int) -> None:
        """Record a call that was answered, whatever the answer was worth."""
        if generation != self._generation:
            return
        if self._state == "closed":
            self._note(failed=False)
        else:
            self._enter("closed")
        self._in_a_row = 0
        self._open_s = self._limits.open_s

    def failed(self, generation: int, error: errors.EngineError) -> None:
        """Record a call that failed; an error that is no failure of the server counts as answered."""
        if not isinstance(error, (*_OF_OPERATOR, *_OF_SERVER)):
            self.succeeded(generation)
        elif generation == self._generation:
            self._note(failed=True)
            if (seconds := self._open_for(error)) is not None:
                self._cause = error
                self._opens_at = self._clock.monotonic() + seconds + self._draw(0.0, seconds * self._limits.jitter)
                self._enter("open")

    def cancelled(self, generation: int) -> None:
        """Record a call that never ended, such as one whose caller went away: another caller may probe."""
        if self._state == "half_open" and generation == self._generation:
            self._enter("open")

    def _open_for(self, error: errors.EngineError) -> float | None:
        """Return how long the breaker opens after this failure (s), None if it stays as it is."""
        limits = self._limits
        if isinstance(error, _OF_OPERATOR):
            return limits.operator_s
        if isinstance(error, errors.EngineRateLimited) and error.retry_after_s:
            return error.retry_after_s
        often = len(self._ended) >= limits.calls and self._failed >= limits.rate * len(self._ended)
        if self._state == "closed" and not often and self._in_a_row < limits.failures:
            return None
        seconds, self._open_s = self._open_s, min(limits.open_max_s, self._open_s * 2)
        return seconds

    def _note(self, *, failed: bool) -> None:
        now = self._clock.monotonic()
        self._ended.append((now, failed))
        self._failed += failed
        self._in_a_row += failed
        while self._ended[0][0] < now - self._limits.window_s:
            self._failed -= self._ended.popleft()[1]

    def _enter(self, state: State) -> None:
        self._state = state
        self._cause = None if state == "closed" else self._cause
        self._generation += 1
        self._in_a_row = 0
        self._failed = 0
        self._ended.clear()
        self._on_change(state)


def _refusal(cause: errors.EngineError, wait_s: float) -> errors.EngineError:
    """Build the error while it is open, in the words of its cause; if people must act, it is of that kind too."""
    kind = type(cause) if isinstance(cause, _OF_OPERATOR) else errors.EngineUnavailable
    detail = f"{cause.detail} (no call was made: the server is left alone for another {math.ceil(wait_s)} s)"
    return kind(detail, retry_after_s=wait_s)
