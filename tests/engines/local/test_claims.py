from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.axis import Axis, Pole
from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import Claim, claims
from subtext.engines.local.lexicon import Lexicon, LexiconEntry
from subtext.engines.local.scorer import LexicalScorer, SentenceContext
from subtext.engines.local.tokens import tokenize

AXIS = Axis("desperation-domination", 1, "A", Pole("desperation", "D", "d"), Pole("domination", "D", "d"), (), "0" * 64)
SCORER = LexicalScorer(
    Lexicon(
        [
            LexiconEntry("beg~", "desperation", "begging", 4.0),
            LexiconEntry("weak", "desperation", "fragile", 1.0),
            LexiconEntry("invincible", "domination", "unchallenged", 4.0),
        ],
        traps=[],
    )
)


def claimed(text: str) -> list[tuple[str | None, str, float, str, str]]:
    return [(c.speaker, c.pole, c.weight, c.polarity, text[c.start : c.end]) for c in _claims(text)]


def _claims(text: str) -> list[Claim]:
    sentences = split_sentences(text)
    hits = SCORER.hits([SentenceContext(one, tokenize(one.text, one.start), [], None) for one in sentences])
    return claims(text, sentences, hits, attribute(text, sentences), AXIS)


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    claims: list[tuple[str | None, str, float, str, str]]


CASES = (
    Case(
        "the author's", "The army begs for shells.", [(None, "desperation", 4.0, "asserts", "The army begs for shells")]
    ),
    Case(
        "a speaker's",
        "“The army begs for shells,” said Orlo.",
        [("Orlo", "desperation", 4.0, "asserts", "The army begs for shells")],
    ),
    Case(
        "asked by the author",
        "Does the army beg for shells?",
        [(None, "desperation", 2.0, "asserts", "Does the army beg for shells")],
    ),
    Case(
        "asked by a speaker",
        "Orlo asked, “Who begs for shells now?”",
        [("Orlo", "desperation", 4.0, "asserts", "Who begs for shells now")],
    ),
    Case(
        "denied",
        "The army never begs for shells.",
        [(None, "domination", 2.0, "denies", "The army never begs for shells")],
    ),
    Case(
        "twice in a clause",
        "The weak army begs for shells.",
        [(None, "desperation", 4.0, "asserts", "The weak army begs for shells")],
    ),
    Case(
        "after a quotation",
        "“We hold on,” Orlo told a begging hall on that long and rainy evening in Halden.",
        [(None, "desperation", 4.0, "asserts", "Orlo told a begging hall on that long and rainy evening in Halden")],
    ),
    Case(
        "scare quotes",
        "Only the so-called “invincible” army ran.",
        [
            ("", "domination", 4.0, "asserts", "invincible"),
            (None, "desperation", 4.0, "denies", "Only the so-called “invincible” army ran"),
        ],
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_claim_has_a_voice_a_pole_and_words_that_carry_it(case: Case) -> None:
    assert claimed(case.text) == case.claims


def test_further_phrases_of_a_clause_add_to_the_strongest() -> None:
    assert [claim.weight for claim in _claims("The weak and weak army of Orvane fled.")] == [1.4]
