"""Quotes: whether the evidence of an answer lies where a coder's does, and points to the same pole."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.evals.dataset import CodedQuote


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A stretch of the text and the pole that it counts toward."""

    span: Span
    pole: str


@dataclass(frozen=True, slots=True)
class QuoteTally:
    """Coded quotes and how many a span of ours overlaps; spans of ours and how many lie on, or in a sentence with, one.

    All of it counts only at the same pole. `lost` are coded quotes that are not in the text, and count nowhere else.
    """

    coded: int = 0
    found: int = 0
    proposed: int = 0
    on_quote: int = 0
    in_sentence: int = 0
    lost: int = 0

    @property
    def recall(self) -> float | None:
        """The share of coded quotes that were found; None where none is coded."""
        return self.found / self.coded if self.coded else None

    @property
    def precision(self) -> float | None:
        """The share of our spans that overlap a coded quote; None where there is no span."""
        return self.on_quote / self.proposed if self.proposed else None

    @property
    def sentence_precision(self) -> float | None:
        """The share of our spans that share a sentence with a coded quote; None where there is no span."""
        return self.in_sentence / self.proposed if self.proposed else None


def score_quotes(
    text: str, coded: Sequence[CodedQuote], ours: Sequence[MarkedSpan], sentences: Sequence[Span]
) -> QuoteTally:
    """The tally of one article; a coded quote that stands in several places may be met at any of them."""
    places = {quote: _places(quote, text) for quote in coded}
    held = [quote for quote in coded if places[quote]]
    gold = [mark for quote in held for mark in places[quote]]
    wide = [MarkedSpan(_widened(mark.span, sentences), mark.pole) for mark in gold]
    return QuoteTally(
        coded=len(held),
        found=sum(any(_meets(mark, own) for mark in places[quote] for own in ours) for quote in held),
        proposed=len(ours),
        on_quote=sum(any(_meets(own, mark) for mark in gold) for own in ours),
        in_sentence=sum(any(_meets(own, mark) for mark in wide) for own in ours),
        lost=len(coded) - len(held),
    )


def sum_tallies(tallies: Iterable[QuoteTally]) -> QuoteTally:
    """The sum over articles."""
    return QuoteTally(*(sum(column) for column in zip(*map(astuple, tallies), strict=True)))


def _places(quote: CodedQuote, text: str) -> list[MarkedSpan]:
    found: list[MarkedSpan] = []
    at = text.find(quote.quote)
    while at >= 0:
        found.append(MarkedSpan(Span(at, at + len(quote.quote)), quote.pole))
        at = text.find(quote.quote, at + len(quote.quote))
    return found


def _meets(one: MarkedSpan, other: MarkedSpan) -> bool:
    return one.pole == other.pole and one.span.overlaps(other.span)


def _widened(span: Span, sentences: Sequence[Span]) -> Span:
    """The span with the rest of the sentences that it begins and ends in; as it is where it is in none."""
    starts = [sentence.start for sentence in sentences]
    first = max(bisect_right(starts, span.start) - 1, 0)
    touched = [sentence for sentence in sentences[first:] if sentence.overlaps(span)]
    if not touched:
        return span
    return Span(min(span.start, touched[0].start), max(span.end, touched[-1].end))
