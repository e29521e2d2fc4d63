"""Attempts: what each call to a model's server came to, for `usage` and the log."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from subtext.domain.analysis import Attempt
from subtext.engines.answers import Tokens
from subtext.engines.faults import AttemptFailed
from subtext.engines.progress import StreamMeter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subtext.analyst.ports import Clock

_log = structlog.get_logger("subtext.engine")


@dataclass(slots=True)
class Trial:
    """One attempt while it runs: what is known of it so far; `model` is what the model calls itself."""

    meter: StreamMeter
    status: int | None = None
    model: str | None = None
    tokens: Tokens = field(default_factory=Tokens)


class AttemptLog:
    """All attempts of one reading, in order; failed ones cost time and tokens too.

    `model` is what the model called itself last, None where no answer said so. `report` is told how many tokens the
    answer of the running attempt has so far, if it is streamed.
    """

    def __init__(self, engine: str, clock: Clock, report: Callable[[int], None] = lambda _: None) -> None:
        self._engine, self._clock, self._report = engine, clock, report
        self._attempts: list[Attempt] = []
        self._wait_s = 0.0
        self.model: str | None = None

    def waited(self, seconds: float) -> None:
        """Note the wait before the next attempt."""
        self._wait_s = seconds

    def reject(self, outcome: str) -> None:
        """Record that the last attempt, which was taken for good, came to this after all."""
        *_, last = self._attempts
        self._attempts[-1] = replace(last, outcome=outcome)
        _log.warning("attempt_failed", engine=self._engine, outcome=outcome, status=last.status, ms=last.ms)

    @contextmanager
    def attempt(self) -> Iterator[Trial]:
        """One attempt, recorded however it ends."""
        trial, started = Trial(StreamMeter(self._clock, self._report)), self._clock.monotonic()
        outcome = "cancelled"
        try:
            yield trial
            outcome = "ok"
        except AttemptFailed as failed:
            outcome = failed.outcome
            raise
        finally:
            self.model = trial.model or self.model
            self._record(trial, outcome, round((self._clock.monotonic() - started) * 1000))

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that have ended."""
        return tuple(self._attempts)

    def _record(self, trial: Trial, outcome: str, ms: int) -> None:
        tokens, wait_s = trial.tokens, round(self._wait_s, 3)
        counts = tokens.read, tokens.written, tokens.cached
        self._attempts.append(Attempt(outcome, trial.status, wait_s, ms, *counts))
        self._wait_s = 0.0
        if outcome != "ok":
            _log.warning("attempt_failed", engine=self._engine, outcome=outcome, status=trial.status, ms=ms)
