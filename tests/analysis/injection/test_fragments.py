"""Fragments tell where stems stand, and whether there are words enough to tell a subject by."""

from __future__ import annotations

import pytest

from subtext.analysis.faithfulness.token import FUNCTION_WORDS
from subtext.analysis.injection.fragments import Fragments
from subtext.domain.text.prepared import PreparedText


def test_a_stem_is_spread_if_it_stands_in_two_fragments() -> None:
    fragments = Fragments(PreparedText("The fleet saw another fleet. The ship left. Ships came."))

    assert fragments.is_spread("ship")
    assert not fragments.is_spread("fleet")
    assert not fragments.is_spread("army")


@pytest.mark.parametrize(("least", "is_enough"), [(3, True), (4, False)])
def test_few_telling_words_are_found_among_many_others(least: int, *, is_enough: bool) -> None:
    text = " ".join((*FUNCTION_WORDS, "fleet", "fleets", "1st", "harbour", "crane"))

    assert Fragments(PreparedText(text)).has_words((), least) is is_enough


def test_a_part_behind_an_abbreviation_is_a_fragment_of_its_own() -> None:
    fragments = Fragments(PreparedText("They met Mr. Orlo there. He left."))

    assert [fragments[number].text for number in range(len(fragments))] == ["They met Mr.", "Orlo there.", "He left."]
