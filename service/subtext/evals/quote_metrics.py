"""Measure quotes: whether the evidence overlaps what a coder marked, for the same pole."""

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
    """Span of the text and the pole it counts toward."""

    span: Span
    pole: str


@dataclass(frozen=True, slots=True)
class QuoteTally:
    """Counts of coded quotes and proposed spans, for the same pole only.

    `found` are coded quotes that a proposed span overlaps; `on_quote` and `in_sentence` are proposed spans that overlap
    a coded quote, or share a sentence with one. `lost` are coded quotes that are not in the text.
    """

    coded: int = 0
    found: int = 0
    proposed: int = 0
    on_quote: int = 0
    in_sentence: int = 0
    lost: int = 0

    @property
    def recall(self) -> float | None:
        """Return the share of coded quotes that were found; None if none is coded."""
        return self.found / self.coded if self.coded else None

    @property
    def precision(self) -> float | None:
        """Return the share of proposed spans that overlap a coded quote; None if there is no span."""
        return self.on_quote / self.proposed if self.proposed else None

    @property
    def sentence_precision(self) -> float | None:
        """Return the share of proposed spans that share a sentence with a coded quote; None if there is no span."""
        return self.in_sentence / self.proposed if self.proposed else None


def score_quotes(
    text: str, coded: Sequence[CodedQuote], proposed: Sequence[MarkedSpan], sentences: Sequence[Span]
) -> QuoteTally:
    """Count one article; a coded quote that occurs several times may be matched at any of them."""
    spans = {quote: _find_spans(quote, text) for quote in coded}
    locatable = [quote for quote in coded if spans[quote]]
    gold = [mark for quote in locatable for mark in spans[quote]]
    wide_gold = [MarkedSpan(_widen_to_sentences(mark.span, sentences), mark.pole) for mark in gold]
    return QuoteTally(
        coded=len(locatable),
        found=sum(
            any(_matches(mark, proposal) for mark in spans[quote] for proposal in proposed) for quote in locatable
        ),
        proposed=len(proposed),
        on_quote=sum(any(_matches(proposal, mark) for mark in gold) for proposal in proposed),
        in_sentence=sum(any(_matches(proposal, mark) for mark in wide_gold) for proposal in proposed),
        lost=len(coded) - len(locatable),
    )


def sum_tallies(tallies: Iterable[QuoteTally]) -> QuoteTally:
    """Sum the counts of several articles."""
    return QuoteTally(*(sum(column) for column in zip(*map(astuple, tallies), strict=True)))


def _find_spans(quote: CodedQuote, text: str) -> list[MarkedSpan]:
    spans: list[MarkedSpan] = []
    start = text.find(quote.quote)
    while start >= 0:
        spans.append(MarkedSpan(Span(start, start + len(quote.quote)), quote.pole))
        start = text.find(quote.quote, start + len(quote.quote))
    return spans


def _matches(one: MarkedSpan, other: MarkedSpan) -> bool:
    return one.pole == other.pole and one.span.overlaps(other.span)


def _widen_to_sentences(span: Span, sentences: Sequence[Span]) -> Span:
    """Widen a span to the sentences that it begins and ends in; unchanged if it is in none."""
    starts = [sentence.start for sentence in sentences]
    first = max(bisect_right(starts, span.start) - 1, 0)
    overlapping = [sentence for sentence in sentences[first:] if sentence.overlaps(span)]
    if not overlapping:
        return span
    return Span(min(span.start, overlapping[0].start), max(span.end, overlapping[-1].end))
