from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.tokens import expand_to_words, tokenize


def test_words_are_lower_case_without_possessives_and_keep_their_offsets() -> None:
    words = tokenize("Kim’s last-ditch bid can't win", 100)
    assert [word.norm for word in words] == ["kim", "last", "ditch", "bid", "can't", "win"]
    assert [(word.start, word.end) for word in words[:2]] == [(100, 105), (106, 110)]


def test_clauses_are_parted_by_punctuation_but_not_by_hyphens_or_points_in_numbers() -> None:
    words = tokenize("It fell, well-armed as it was — by 3.5 points: badly", 0)
    assert [word.clause for word in words] == [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3]


@dataclass(frozen=True)
class Growth:
    id: str
    text: str
    phrase: str
    grown: str


GROWTHS = (
    Growth("letters", "the desperate man", "desper", "desperate"),
    Growth("hyphen", "a last-ditch bid", "last", "last-ditch"),
    Growth("apostrophe", "it can’t win", "can", "can’t"),
    Growth("combining mark", "a cafe\u0301 in ruins", "cafe", "cafe\u0301"),
    Growth("soft hyphen", "un\u00adstoppable force", "stoppable", "un\u00adstoppable"),
    Growth("closing mark", "an ‘iron’ grip", "iron", "iron"),
    Growth("dash", "weak - not strong", "weak", "weak"),
)


@pytest.mark.parametrize("case", GROWTHS, ids=lambda case: case.id)
def test_a_range_grows_to_whole_words(case: Growth) -> None:
    begin = case.text.index(case.phrase)
    grown = expand_to_words(case.text, begin, begin + len(case.phrase))
    assert grown is not None
    assert case.text[slice(*grown)] == case.grown


@pytest.mark.parametrize("text", ["a-" * 500, "x" * 500, "\u0301" * 500], ids=["hyphens", "letters", "marks"])
def test_a_range_inside_an_endless_word_cannot_grow(text: str) -> None:
    assert expand_to_words(text, 250, 251) is None
