from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.faithfulness.numbers import Number, find_numbers, has_number, number_values


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
    assert tuple(figure.value for figure in find_numbers(case.text)) == case.values


def test_the_article_s_own_one_may_be_meant() -> None:
    assert number_values("one left, two stayed") == {1, 2}


@pytest.mark.parametrize(
    ("figure", "is_among"),
    [
        (Number(5.0), False),
        (Number(5.2), True),
        (Number(5.0, is_approximate=True), True),
        (Number(4.5, is_approximate=True), False),
    ],
)
def test_only_a_round_number_may_be_off(figure: Number, is_among: bool) -> None:
    assert figure.matches_any(frozenset({5.2, 900.0})) is is_among


def test_a_round_number_says_so() -> None:
    assert list(find_numbers("about 50 ships, 20 planes")) == [Number(50, is_approximate=True), Number(20)]


@given(st.integers(0, 10**15))
def test_thousands_may_be_parted_or_not(number: int) -> None:
    assert number_values(f"it cost {number} crowns") == number_values(f"it cost {number:,} crowns") == {number}


@pytest.mark.parametrize(
    ("word", "expected"), [("5th", True), ("twenty-one", True), ("it.two", True), ("two", True), ("often", False)]
)
def test_a_word_has_a_number_in_digits_or_in_letters(word: str, *, expected: bool) -> None:
    assert has_number(word) == expected
