from __future__ import annotations

import pytest

from subtext.analyst.meanings import Vocabulary, meanings
from subtext.analyst.stems import stem


@pytest.mark.parametrize(
    ("word", "other"),
    [("removed", "deleted"), ("fell", "fallen"), ("chinese", "china"), ("decision", "decided"), ("police", "cops")],
)
def test_words_for_the_same_are_in_a_vocabulary(word: str, other: str) -> None:
    assert Vocabulary([stem(other)]).has(stem(word))
    assert Vocabulary([stem(other)]).is_related(stem(word))


@pytest.mark.parametrize(("word", "other"), [("erase", "remove"), ("remove", "erase")])
def test_a_broader_and_a_narrower_word_are_related(word: str, other: str) -> None:
    assert Vocabulary([stem(other)]).is_related(stem(word))


@pytest.mark.parametrize(("word", "other"), [("laptop", "harbour"), ("giraffe", "minister"), ("iran", "iraq")])
def test_words_for_other_things_are_not_related(word: str, other: str) -> None:
    assert not Vocabulary([stem(other)]).is_related(stem(word))


@pytest.mark.parametrize(
    ("word", "other"), [("huge", "tiny"), ("girl", "boy"), ("rise", "fall"), ("publicly", "secretly")]
)
def test_opposites_are_contrary_both_ways(word: str, other: str) -> None:
    one, two = stem(word), stem(other)

    assert meanings().contrary(one, frozenset([two]))
    assert meanings().contrary(two, frozenset([one]))
    assert not meanings().contrary(one, frozenset([two, one]))


def test_an_unlisted_word_only_equals_itself() -> None:
    vocabulary = Vocabulary(["zorblax"])

    assert vocabulary.has("zorblax")
    assert not vocabulary.is_related("zorblaxian")
    assert not meanings().contrary("zorblax", frozenset(["quux"]))
