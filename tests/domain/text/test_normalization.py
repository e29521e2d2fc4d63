from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.evidence import Span
from subtext.domain.text.normalization import NormalizedText, normalize_quote


@dataclass(frozen=True)
class Folded:
    id: str
    original: str
    folded: str


@pytest.mark.parametrize(
    "case",
    [
        Folded("plain", "Plain text, 10 of it.", "Plain text, 10 of it."),
        Folded("quotation marks", "“a” ‘b’ «c» „d‟ e’f", "'a' 'b' 'c' 'd' e'f"),
        Folded("doubled marks", "''a'' ``b``", "'a' 'b'"),
        Folded("marks parted by what vanishes", "‘\u200b‘a’", "'a'"),
        Folded("dashes with their space", "a — b–c -- d-e", "a-b-c-d-e"),
        Folded("white space", "a \r\n\tb\u00a0c\u2003d", "a b c d"),
        Folded("what vanishes", "a\u00adb\u200bc\u202ed\ufeffe\U000e0041f", "abcdef"),
        Folded("composed", "Cafe\u0301 n\u0303", "Café ñ"),
        Folded("ligature and wide forms", "ﬁne ＡＢ", "fine AB"),
        Folded("superscripts stay", "10² ½ ①", "10² ½ ①"),
        Folded("case stays", "ABC abc", "ABC abc"),
    ],
    ids=lambda case: case.id,
)
def test_typography_is_folded_and_nothing_else(case: Folded) -> None:
    assert NormalizedText(case.original).normalized == case.folded


def test_a_quote_is_folded_without_the_space_at_its_ends() -> None:
    assert normalize_quote(" \n“plea” \u200b ") == "'plea'"


def test_every_folded_character_knows_its_origin() -> None:
    text = NormalizedText("ﬁ—e\u0301")

    assert text.normalized == "fi-é"
    assert text.to_original(0, 2) == Span(0, 1)
    assert text.to_original(2, 3) == Span(1, 2)
    assert text.to_original(3, 4) == Span(2, 4)
    assert text.to_original(0, 1) is text.to_original(1, 4) is None


def test_the_caseless_fold_is_only_for_reasons() -> None:
    assert NormalizedText("Straße — X").casefolded == "strasse-x"


def test_utf16_counts_two_for_characters_beyond_the_basic_plane() -> None:
    text = NormalizedText("a😀b😀c")

    assert text.utf16(Span(0, 1)) == Span(0, 1)
    assert text.utf16(Span(1, 2)) == Span(1, 3)
    assert text.utf16(Span(2, 5)) == Span(3, 7)


@given(st.text(max_size=120))
def test_the_way_back_is_ordered_and_inside_the_text(original: str) -> None:
    text = NormalizedText(original)

    spans = [text.to_original(at, at + 1) for at in range(len(text.normalized))]

    whole = [span for span in spans if span is not None]
    assert all(span.end <= len(original) for span in whole)
    assert whole == sorted(whole)
    assert not any(one.overlaps(other) for one, other in pairwise(whole))


@given(st.text(alphabet="ab“”‘’—- \u00a0\u00ad\u0301é", max_size=60), st.data())
def test_a_range_of_the_fold_comes_from_what_normalizes_to_it(original: str, data: st.DataObject) -> None:
    text = NormalizedText(original)
    begin = data.draw(st.integers(0, len(text.normalized)))
    end = data.draw(st.integers(0, len(text.normalized)))

    span = text.to_original(begin, end) if begin < end else None

    assert span is None or NormalizedText(original[span.start : span.end]).normalized == text.normalized[begin:end]


@given(st.text(alphabet="ab“”‘’—- \u00a0\u0301é", max_size=60))
def test_folding_twice_changes_nothing(original: str) -> None:
    once = NormalizedText(original).normalized

    assert NormalizedText(once).normalized == once


@pytest.mark.parametrize(
    ("text", "word", "lacks"),
    [
        ("The fleet left", "fleet", False),
        ("The fleet left", "FLEET", False),
        ("The fleet left", "army", True),
        ("The “fleet” left", "Army", True),
        ("Zażółć", "ZAŻÓŁĆ", False),
        ("Zażółć", "zazolc", True),
        ("die Straße", "STRASSE", False),
        ("300 \u212aelvin", "kelvin", False),
        ("the ſhip", "SHIP", False),
    ],
)
def test_a_text_lacks_a_word_only_if_it_has_it_in_no_case(text: str, word: str, *, lacks: bool) -> None:
    assert NormalizedText(text).lacks(word) == lacks
