from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.llm.vocabulary import POLARITIES, STRENGTHS, AnswerVocabulary, fold_word
from tests.support.engines import prompts

AXIS = prompts().axis("victim-villain").axis
WORDS = AnswerVocabulary.from_axis(AXIS)


@pytest.mark.parametrize(
    "spelling",
    ["Last resort", "last-resort", "LAST_RESORT", "“last resort”.", "`last‑resort`", "lastResort", "last resort!"],
)
def test_a_word_is_known_by_its_letters(spelling: str) -> None:
    assert fold_word(spelling) == "lastresort"


@pytest.mark.parametrize(
    "other", ["!last_resort", "last resort?", "no last resort", "¬last_resort", "last/resort", "не"]
)
def test_a_mark_or_a_word_that_may_turn_the_meaning_is_no_spelling(other: str) -> None:
    assert fold_word(other) != "lastresort"


@given(st.text())
def test_folding_a_folded_word_changes_nothing_that_matters(text: str) -> None:
    assert fold_word(fold_word(text)) in {fold_word(text), fold_word(fold_word(fold_word(text)))}


def test_a_text_is_no_word_however_long() -> None:
    text = "none " * 1_000_000

    assert fold_word(text) == text


def test_another_axis_has_its_own_words() -> None:
    poles = set(AXIS.poles)
    assert set(WORDS.poles.values()) == set(WORDS.indicators) == poles
    assert set(WORDS.labels.values()) == poles | {"mixed", "neither"}
    assert {code for codes in WORDS.indicators.values() for code in codes.values()} == {
        indicator.code for indicator in AXIS.indicators
    }


def test_each_word_stands_for_itself() -> None:
    for words in (STRENGTHS, POLARITIES, WORDS.labels, WORDS.poles, *WORDS.indicators.values()):
        assert all(words[fold_word(word)] == word for word in words.values())
        assert all(fold_word(spelling) == spelling for spelling in words)
