from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analyst.figures import Figure, figures, figures_in


@dataclass(frozen=True)
class Read:
    id: str
    text: str
    values: tuple[float, ...]


@pytest.mark.parametrize(
    "case",
    [
        Read("digits", "It lost 1,250 men and 10.5 percent.", (1250, 10.5)),
        Read("words", "Three ministers and twenty-one deputies", (3, 21)),
        Read("scales", "5.2 million, 3bn, two thousand", (5.2e6, 3e9, 2000)),
        Read("a pronoun is no number", "No one spoke, one left", ()),
        Read("one with a scale is one", "One million marched", (1e6,)),
        Read("letters behind a number are no scale", "the F16 and 5 boats", (5,)),
        Read("none", "Nothing was counted.", ()),
    ],
    ids=lambda case: case.id,
)
def test_numbers_are_read_by_value(case: Read) -> None:
    assert tuple(figure.value for figure in figures(case.text)) == case.values


def test_the_article_s_own_one_may_be_meant() -> None:
    assert figures_in("one left, two stayed") == {1, 2}


@pytest.mark.parametrize(
    ("figure", "is_among"),
    [(Figure(5.0), False), (Figure(5.2), True), (Figure(5.0, about=True), True), (Figure(4.5, about=True), False)],
)
def test_only_a_round_number_may_be_off(figure: Figure, is_among: bool) -> None:
    assert figure.is_among(frozenset({5.2, 900.0})) is is_among


def test_a_round_number_says_so() -> None:
    assert list(figures("about 50 ships, 20 planes")) == [Figure(50, about=True), Figure(20)]


@given(st.integers(0, 10**15))
def test_thousands_may_be_parted_or_not(number: int) -> None:
    assert figures_in(f"it cost {number} crowns") == figures_in(f"it cost {number:,} crowns") == {number}
