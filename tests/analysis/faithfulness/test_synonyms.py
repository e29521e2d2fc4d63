from __future__ import annotations

import pytest

from subtext.analysis.faithfulness.stemming import stem
from subtext.analysis.faithfulness.synonyms import Vocabulary, load_thesaurus
from training.thesaurus import TARGET, build_thesaurus


@pytest.mark.parametrize(
    ("word", "other"),
    [("removed", "deleted"), ("fell", "fallen"), ("chinese", "china"), ("decision", "decided"), ("police", "cops")],
)
def test_words_for_the_same_are_in_a_vocabulary(word: str, other: str) -> None:
    assert Vocabulary([stem(other)]).covers(stem(word))
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

    assert load_thesaurus().has_antonym_in(one, frozenset([two]))
    assert load_thesaurus().has_antonym_in(two, frozenset([one]))
    assert not load_thesaurus().has_antonym_in(one, frozenset([two, one]))


def test_an_unlisted_word_only_equals_itself() -> None:
    vocabulary = Vocabulary(["zorblax"])

    assert vocabulary.covers("zorblax")
    assert not vocabulary.is_related("zorblaxian")
    assert not load_thesaurus().has_antonym_in("zorblax", frozenset(["quux"]))


def test_the_file_that_is_read_is_made_from_the_lists() -> None:
    assert TARGET.read_bytes() == build_thesaurus(), "run `python -m training.thesaurus`"


@pytest.mark.parametrize("known", [frozenset[str](), frozenset(["fleet"]), frozenset(["fleet", "army"])])
def test_what_is_covered_is_counted_in_bulk(known: frozenset[str]) -> None:
    items = frozenset(["fleet", "army", "zorblax", "ship", "big"])
    vocabulary = Vocabulary(known | {"larg"})

    assert vocabulary.count_covered(items) == sum(map(vocabulary.covers, items))
