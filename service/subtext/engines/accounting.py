"""Accounting: what the attempts at one article cost together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from subtext.domain.analysis import Usage
from subtext.domain.article import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.analysis import Attempt

_MILLION = 1_000_000
_DIGITS = 8
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, read, written and read from the server's cache; None where it is not known.

    Without a price of their own cached tokens cost what others do.
    """

    input: float | None = None
    output: float | None = None
    cached: float | None = None
    currency: str = "USD"

    def cost(self, read: int | None, written: int | None, cached: int | None) -> float | None:
        """The cost of so many tokens in the currency; None where a price or a count is not known."""
        if self.input is None or self.output is None or read is None or written is None:
            return None
        again = min(cached or 0, read)
        price_again = self.input if self.cached is None else self.cached
        total = (read - again) * self.input + again * price_again + written * self.output
        return round(total / _MILLION, _DIGITS)


def usage_of(attempts: Iterable[Attempt], prices: Prices) -> Usage:
    """What all attempts cost together, failed ones too; a count is None where no attempt's server told it."""
    made = tuple(attempts)
    read = _sum(attempt.input_tokens for attempt in made)
    written = _sum(attempt.output_tokens for attempt in made)
    cached = _sum(attempt.cached_tokens for attempt in made)
    cost = prices.cost(read, written, cached)
    return Usage(read, written, cached, made, cost, None if cost is None else prices.currency)


def together(parts: Iterable[Usage]) -> Usage:
    """What several engines cost for one answer; what read no tokens cost nothing, and two currencies make no sum."""
    made = tuple(parts)
    paid = [part for part in made if part.input_tokens]
    currencies = {part.currency for part in paid}
    cost = _sum(part.cost for part in paid) if len(currencies) == 1 else None
    return Usage(
        _sum(part.input_tokens for part in made),
        _sum(part.output_tokens for part in made),
        _sum(part.cached_tokens for part in made),
        tuple(attempt for part in made for attempt in part.attempts),
        None if cost is None else round(cost, _DIGITS),
        None if cost is None else next(iter(currencies)),
    )


def price_notices(usage: Usage) -> tuple[Notice, ...]:
    """What the reader must know of a cost that is null."""
    if usage.cost is not None:
        return ()
    message = "the cost is not known: the server did not count tokens, or no price is set for the model"
    return (Notice("price_unknown", message, "/usage/cost"),)


def _sum(counts: Iterable[_Number | None]) -> _Number | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
