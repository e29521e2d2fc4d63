from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.evidence import Span
from subtext.evals.dataset import CodedQuote
from subtext.evals.quote_metrics import MarkedSpan, QuoteTally, score_quotes, sum_tallies

TEXT = "They begged for time. Nobody gave it. They begged again, and the bank took the keys."
SENTENCES = [Span(0, 21), Span(22, 37), Span(38, 84)]
NEGATIVE, POSITIVE = "desperation", "domination"


def coded(quote: str, pole: str = NEGATIVE) -> CodedQuote:
    return CodedQuote(quote=quote, pole=pole)


def ours(quote: str, pole: str = NEGATIVE) -> MarkedSpan:
    at = TEXT.index(quote)
    return MarkedSpan(Span(at, at + len(quote)), pole)


@dataclass(frozen=True)
class Case:
    id: str
    coded: tuple[CodedQuote, ...]
    ours: tuple[MarkedSpan, ...]
    expected: QuoteTally


CASES = [
    Case("nothing", (), (), QuoteTally()),
    Case("overlap", (coded("begged for time"),), (ours("for time"),), QuoteTally(1, 1, 1, 1, 1)),
    Case("same sentence", (coded("took the keys"),), (ours("begged again"),), QuoteTally(1, 0, 1, 0, 1)),
    Case("other sentence", (coded("took the keys"),), (ours("Nobody gave it"),), QuoteTally(1, 0, 1)),
    Case("other pole", (coded("took the keys"),), (ours("took the keys", POSITIVE),), QuoteTally(1, 0, 1)),
    Case("touching is no overlap", (coded("took the"),), (ours(" keys"),), QuoteTally(1, 0, 1, 0, 1)),
    Case("any of its places", (coded("They begged"),), (ours("They begged again"),), QuoteTally(1, 1, 1, 1, 1)),
    Case("not in the text", (coded("They prayed"),), (ours("They begged again"),), QuoteTally(0, 0, 1, lost=1)),
    Case(
        "each counted once",
        (coded("begged for time"), coded("took the keys", POSITIVE)),
        (ours("begged"), ours("for time"), ours("the bank", POSITIVE)),
        QuoteTally(2, 1, 3, 2, 3),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_tally(case: Case) -> None:
    assert score_quotes(TEXT, case.coded, case.ours, SENTENCES) == case.expected


def test_rates_come_from_the_sum() -> None:
    found = sum_tallies([QuoteTally(4, 1, 2, 1, 2), QuoteTally(0, 0, 2, 0, 0), QuoteTally()])

    assert (found.recall, found.precision, found.sentence_precision) == (0.25, 0.25, 0.5)


def test_rates_of_nothing_are_unknown() -> None:
    found = sum_tallies([])

    assert (found.recall, found.precision, found.sentence_precision) == (None, None, None)
