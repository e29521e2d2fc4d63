from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.lexicon import Lexicon, LexiconEntry
from subtext.engines.local.scorer import Hit, LexicalScorer, SentenceContext
from subtext.engines.local.target import TargetMatcher, target_from_name
from subtext.engines.local.tokens import tokenize

SCORER = LexicalScorer(
    Lexicon(
        [LexiconEntry("beg~", "desperation", "begging", 4.0), LexiconEntry("iron grip", "domination", "control", 4.0)],
        traps=[],
    )
)


@dataclass(frozen=True)
class Case:
    """`weight` of 4 that is left for the target "Orvane" in the last sentence."""

    id: str
    text: str
    weight: float
    pole: str = "desperation"


CASES = (
    Case("named before", "Orvane begs.", 4.0),
    Case("named after", "He begs for Orvane.", 2.8),
    Case("pronoun after its name", "Orvane fell. Now it begs.", 3.6),
    Case("just named", "Orvane fell. The people beg.", 2.4),
    Case("nobody else", "Bread is dear. The people beg.", 2.0),
    Case("somebody else", "Bread is dear. Now Tarsin begs.", 1.2),
    Case("hedged", "Orvane may beg.", 2.0),
    Case("negated", "Orvane never begs.", 2.0, "domination"),
    Case("negated the other way", "Orvane has no iron grip.", 2.0, "desperation"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_phrase_weighs_as_much_as_it_is_about_the_target(case: Case) -> None:
    last = _hits(case.text, "Orvane")[-1][0]
    assert (last.pole, round(last.weight, 6)) == (case.pole, case.weight)


def test_a_negated_phrase_denies_and_is_no_sign_of_its_own_indicator() -> None:
    assert _hits("Orvane never begs.", "Orvane") == [[Hit("domination", None, 2.0, "denies", 13, 17)]]


def test_without_a_target_every_phrase_counts_whole() -> None:
    hits = SCORER.hits(contexts("Now Tarsin begs. Nobody cares.", None))
    assert [[hit.weight for hit in of_sentence] for of_sentence in hits] == [[4.0], []]


def _hits(text: str, target: str) -> list[list[Hit]]:
    return SCORER.hits(contexts(text, target_from_name(target)))


def contexts(text: str, target: TargetMatcher | None) -> list[SentenceContext]:
    sentences = split_sentences(text)
    words = [tokenize(sentence.text, sentence.start) for sentence in sentences]
    return [
        SentenceContext(sentence, own, before, target)
        for sentence, own, before in zip(sentences, words, [[], *words[:-1]], strict=True)
    ]
