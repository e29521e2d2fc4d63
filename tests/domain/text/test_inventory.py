"""The character inventory is that of a look at every character, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.text.normalization import find_unusual
from subtext.domain.text.words import list_characters

USUAL = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("\t\n\r")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Plain words,\r\n\tand more.", ""),
        ("“Typographic” – “twice”", "–“”"),
        ("a\x00b\x0c\x7f", "\x00\x0c\x7f"),
        ("\U0001f600 é", "é\U0001f600"),
        ("\ud83d", "\ud83d"),
    ],
)
def test_each_unusual_character_is_listed_once_in_order(text: str, expected: str) -> None:
    assert find_unusual(text) == expected


@given(st.text(st.characters(exclude_categories=[])))
def test_the_inventory_is_that_of_a_look_at_every_character(text: str) -> None:
    assert find_unusual(text) == "".join(sorted(set(text) - USUAL))


@given(st.text(st.characters(exclude_categories=[])))
def test_the_unusual_ones_are_known_from_all_but_letters_and_digits(text: str) -> None:
    others = list_characters(text)

    assert others == "".join(
        sorted({char for char in text if not (char.isascii() and (char.isalnum() or char == " "))})
    )
    assert find_unusual(others) == find_unusual(text)
