"""Attempts: what each call to a model's server came to, for `usage` and the log."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from subtext.domain.analysis import Attempt, Usage
from subtext.engines.answers import Tokens
from subtext.engines.faults import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from subtext.analyst.ports import Clock

_log = structlog.get_logger("subtext.engine")


@dataclass(slots=True)
class Trial:
    """One attempt while it runs: what is known of it so far."""

    status: int | None = None
    tokens: Tokens = field(default_factory=Tokens)


class AttemptLog:
    """All attempts of one reading, in order; failed ones cost time and tokens too."""

    def __init__(self, engine: str, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._attempts: list[Attempt] = []
        self._cached: list[int | None] = []
        self._wait_s = 0.0

    def waited(self, seconds: float) -> None:
        """Note the wait before the next attempt."""
        self._wait_s = seconds

    @contextmanager
    def attempt(self) -> Iterator[Trial]:
        """One attempt, recorded however it ends."""
        trial, started = Trial(), self._clock.monotonic()
        outcome = "cancelled"
        try:
            yield trial
            outcome = "ok"
        except AttemptFailed as failed:
            outcome = failed.outcome
            raise
        finally:
            self._record(trial, outcome, round((self._clock.monotonic() - started) * 1000))

    def usage(self) -> Usage:
        """What all attempts cost together; a count is None where no attempt's server told it."""
        return Usage(
            input_tokens=_sum(attempt.input_tokens for attempt in self._attempts),
            output_tokens=_sum(attempt.output_tokens for attempt in self._attempts),
            cached_tokens=_sum(self._cached),
            attempts=tuple(self._attempts),
        )

    def _record(self, trial: Trial, outcome: str, ms: int) -> None:
        tokens, wait_s = trial.tokens, round(self._wait_s, 3)
        self._attempts.append(Attempt(outcome, trial.status, wait_s, ms, tokens.read, tokens.written))
        self._cached.append(tokens.cached)
        self._wait_s = 0.0
        if outcome != "ok":
            _log.warning("attempt_failed", engine=self._engine, outcome=outcome, status=trial.status, ms=ms)


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
