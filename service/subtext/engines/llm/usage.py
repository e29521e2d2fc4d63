"""Usage: record each attempt at a model's server, and add up tokens and costs, for `usage` and the log."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import structlog

from subtext.domain.analysis import Attempt, Usage
from subtext.domain.article import AnalysisWarning
from subtext.engines.llm.completion import TokenUsage
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.progress_tracker import StreamMeter
from subtext.telemetry.chat_span import ChatResult, chat_span, end_chat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from subtext.clock import Clock
    from subtext.engines.llm.failures import Outcome
    from subtext.telemetry.chat_span import ChatServer

_MILLION = 1_000_000
_DIGITS = 8
_Number = TypeVar("_Number", int, float)
_log = structlog.get_logger("subtext.engine")


@dataclass(frozen=True, slots=True)
class Prices:
    """Price a million tokens, read, written and read from the server's cache; None if it is not known.

    Without a price of their own cached tokens cost what others do.
    """

    input: float | None = None
    output: float | None = None
    cached: float | None = None
    currency: str = "USD"

    def cost(self, read: int | None, written: int | None, cached: int | None) -> float | None:
        """Return the cost of so many tokens in the currency; None if a price or a count is not known."""
        if self.input is None or self.output is None or read is None or written is None:
            return None
        again = min(cached or 0, read)
        price_again = self.input if self.cached is None else self.cached
        total = (read - again) * self.input + again * price_again + written * self.output
        return round(total / _MILLION, _DIGITS)


def total_usage(attempts: Iterable[Attempt], prices: Prices) -> Usage:
    """Add up what all attempts cost, failed ones too; a count is None if no attempt's server told it."""
    counted = tuple(attempts)
    read = _sum(attempt.input_tokens for attempt in counted)
    written = _sum(attempt.output_tokens for attempt in counted)
    cached = _sum(attempt.cached_tokens for attempt in counted)
    cost = prices.cost(read, written, cached)
    return Usage(read, written, cached, counted, cost, None if cost is None else prices.currency)


def combine_usage(parts: Iterable[Usage]) -> Usage:
    """Add up what several engines cost for one answer; no tokens cost nothing, and two currencies make no sum."""
    usages = tuple(parts)
    paid = [part for part in usages if part.input_tokens]
    currencies = {part.currency for part in paid}
    cost = _sum(part.cost for part in paid) if len(currencies) == 1 else None
    return Usage(
        _sum(part.input_tokens for part in usages),
        _sum(part.output_tokens for part in usages),
        _sum(part.cached_tokens for part in usages),
        tuple(attempt for part in usages for attempt in part.attempts),
        None if cost is None else round(cost, _DIGITS),
        None if cost is None else next(iter(currencies)),
    )


def price_warnings(usage: Usage) -> tuple[AnalysisWarning, ...]:
    """Build the warnings that explain a cost of null."""
    if usage.cost is not None:
        return ()
    message = "the cost is not known: the server did not count tokens, or no price is set for the model"
    return (AnalysisWarning("price_unknown", message, "/usage/cost"),)


def _sum(counts: Iterable[_Number | None]) -> _Number | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


@dataclass(slots=True)
class CurrentAttempt:
    """Hold what is known so far of an attempt that runs; `model` is what the model calls itself.

    `finish_reason` is why it says that it stopped.
    """

    meter: StreamMeter
    status: int | None = None
    model: str | None = None
    finish_reason: str | None = None
    tokens: TokenUsage = field(default_factory=TokenUsage)


class AttemptLog:
    """Log and trace all attempts of one reading, in order; failed ones cost time and tokens too.

    `model` is what the model called itself last, None if no answer said so. `report` is called with how many tokens the
    answer of the running attempt has so far, if it is streamed.
    """

    def __init__(self, server: ChatServer, clock: Clock, report: Callable[[int], None] = lambda _: None) -> None:
        self._server, self._clock, self._report = server, clock, report
        self._attempts: list[Attempt] = []
        self._wait_s = 0.0
        self.model: str | None = None

    def record_wait(self, seconds: float) -> None:
        """Record the wait before the next attempt."""
        self._wait_s = seconds

    def reject(self, outcome: Outcome) -> None:
        """Change the outcome of the last attempt, which was taken for good, to this."""
        *_, last = self._attempts
        self._attempts[-1] = replace(last, outcome=outcome)
        _log.warning("attempt_failed", engine=self._server.provider, outcome=outcome, status=last.status, ms=last.ms)

    @contextmanager
    def attempt(self) -> Iterator[CurrentAttempt]:
        """Open an attempt, which is recorded however it ends."""
        current, started = CurrentAttempt(StreamMeter(self._clock, self._report)), self._clock.monotonic()
        outcome = "cancelled"
        with chat_span(self._server) as span:
            try:
                yield current
                outcome = "ok"
            except AttemptFailed as failed:
                outcome = failed.outcome
                raise
            finally:
                self.model = current.model or self.model
                self._record(current, outcome, round((self._clock.monotonic() - started) * 1000))
                end_chat(span, _chat_result(current, outcome))

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Return the attempts that have ended."""
        return tuple(self._attempts)

    def _record(self, current: CurrentAttempt, outcome: str, ms: int) -> None:
        tokens, wait_s = current.tokens, round(self._wait_s, 3)
        counts = tokens.input, tokens.output, tokens.cached
        self._attempts.append(Attempt(outcome, current.status, wait_s, ms, *counts))
        self._wait_s = 0.0
        if outcome != "ok":
            _log.warning("attempt_failed", engine=self._server.provider, outcome=outcome, status=current.status, ms=ms)


def _chat_result(attempt: CurrentAttempt, outcome: str) -> ChatResult:
    tokens = attempt.tokens
    return ChatResult(outcome, attempt.status, attempt.model, attempt.finish_reason, tokens.input, tokens.output)
