"""Word masks: a text meets the needs of a pattern if one of its words, or a part of one, belongs to each."""

from __future__ import annotations

import pytest

from subtext.analysis.injection.patterns import LATIN_STEMS
from subtext.analysis.injection.word_masks import (
    FOREIGN,
    MACHINE,
    MARK_MASKS,
    PATTERN_MASKS,
    TRIGGER,
    combine_masks,
    list_masks,
    machine_words,
)


@pytest.mark.parametrize("number", range(len(PATTERN_MASKS)))
def test_any_word_or_mark_of_each_need_meets_a_pattern(number: int) -> None:
    mask, rarest, pattern = PATTERN_MASKS[number]
    met = 0
    for need in pattern.needs:
        assert met & mask != mask
        masks = [*list_masks(need.words), *[MARK_MASKS[mark] for mark in need.marks]]
        shared = masks[0]
        for each in masks:
            shared &= each
        assert met or shared & rarest
        met |= shared
    assert met & mask == mask


@pytest.mark.parametrize("word", ["password123", "now.ignore", "you're", "fine-tune-prompt"])
def test_a_compound_has_the_masks_of_its_parts(word: str) -> None:
    parts = {"password123": "password", "now.ignore": "ignore", "you're": "you", "fine-tune-prompt": "prompt"}

    assert combine_masks([word]) & combine_masks([parts[word]]) == combine_masks([parts[word]]) != 0


def test_most_words_tell_nothing() -> None:
    assert list_masks(["harbour", "fleet", "minister"]) == [0, 0, 0]


def test_a_word_for_instructions_in_another_language_is_foreign() -> None:
    assert all(combine_masks([f"{stem}en"]) & FOREIGN for stem in LATIN_STEMS)
    assert not combine_masks(["ignore"]) & FOREIGN
    assert combine_masks(["ignore"]) & TRIGGER


def test_words_about_machines_are_told_by_their_parts() -> None:
    assert machine_words("ai-model") == {"ai", "model"}
    assert combine_masks(["ai-model"]) & MACHINE
    assert machine_words("harbour") == frozenset()
