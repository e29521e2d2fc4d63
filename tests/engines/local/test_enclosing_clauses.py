"""Clauses round a phrase (`tokens.enclosing_clause`), and quotes without words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.tokens import enclosing_clause, trim_to_words


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    phrase: str
    clause: str


W = "word "
CASES = (
    Case("between commas", "It fell, and the army begs for it, they say.", "begs", "and the army begs for it"),
    Case("a dash", "The army begs for it — nobody listens.", "begs", "The army begs for it"),
    Case("too short, the next too", "It begs, and nobody listens.", "begs", "It begs, and nobody listens"),
    Case("too short, the last too", "Nobody listens to it, it begs.", "it begs", "Nobody listens to it, it begs"),
    Case("too long", f"{W * 20}it begs {W * 20}", "begs", f"{W * 6}it begs {W * 7}".strip()),
    Case("all there is", "It begs.", "begs", "It begs"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_clause_round_a_phrase_can_be_read(case: Case) -> None:
    at = case.text.index(case.phrase)
    span = trim_to_words(case.text, *enclosing_clause(case.text, (at, at + len(case.phrase)), (0, len(case.text))))
    assert span is not None
    assert case.text[slice(*span)] == case.clause


def test_punctuation_alone_is_no_quote() -> None:
    assert trim_to_words("so — so", 2, 5) is None
