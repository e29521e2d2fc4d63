from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import Claim
from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.evidence_selection import MODERATE, StatementFinder, Thresholds
from subtext.engines.local.trained.logistic_model import LogisticModel
from subtext.engines.local.trained.tokenization import EncodedSentence
from subtext.engines.local.trained.voice_evidence import VoiceReader
from subtext.engines.local.trained.voice_model import SpeakerSentences
from tests.support.builders import AXIS

LOW, HIGH = AXIS.poles
TEXT = (
    "“We dictate all the terms of this deal,” Ivo Brandt said on Monday. "
    "“They come begging to us every single month,” said Lena Mora. The depot was shut in the spring of last year. "
    "“They would have come to us on their knees again,” said Lena Mora."
)
SENTENCES = split_sentences(TEXT)
ENCODED = [
    EncodedSentence(one, False, (1, 1), ((one.start + 3, one.start + 8), (one.start + 9, one.start + 12)))
    for one in SENTENCES
]
VOICES = attribute(TEXT, SENTENCES)
EVIDENCE = np.array([[0.1, 0.8], [0.3, 0.1], [0.9, 0.9], [0.7, 0.1]])
LABELS = {LOW: 0.5, HIGH: 0.2, "mixed": 0.1, "neither": 0.2}
SIZE = 15
# Asks for the highest rank of a speaker's sentences for the pole alone: the second feature.
MODEL = LogisticModel(np.zeros(SIZE), np.ones(SIZE), np.eye(SIZE)[1], 0.0)


def find(
    heard: frozenset[str] = frozenset(), evidence: np.ndarray = EVIDENCE, claims: tuple[Claim, ...] = ()
) -> list[tuple[str | None, str, str]]:
    tokens = tuple(np.full((2, 2), 0.5, np.float32) for _ in ENCODED)
    outputs = ModelOutputs(np.full((len(ENCODED), 3), 1 / 3, np.float32), tokens, np.zeros(6, np.float32))
    reader = VoiceReader(ENCODED, outputs, evidence, claims, SpeakerSentences.find(ENCODED, VOICES), AXIS)
    found = list(reader.find_claims(MODEL, LABELS, heard, StatementFinder(TEXT, VOICES, Thresholds())))
    assert {claim.weight for claim in found} <= {MODERATE}
    return [(claim.speaker, claim.pole, TEXT[claim.start : claim.end]) for claim in found]


def test_each_speaker_is_shown_by_the_likeliest_of_their_own_statements() -> None:
    assert find() == [
        ("Ivo Brandt", HIGH, "We dictate all the terms of this deal,"),
        ("Lena Mora", LOW, "They would have come to us on their knees again,"),
    ]


def test_a_statement_with_words_of_the_other_pole_alone_is_for_that_pole() -> None:
    at = TEXT.index("begging")
    begging = Claim(TEXT.index("on their knees"), TEXT.index("again"), "Lena Mora", HIGH, 2.0, "asserts", None)
    assert find(claims=(begging,))[1][:2] == ("Lena Mora", HIGH)
    assert find(claims=(replace(begging, start=at, end=at + 7),))[1][:2] == ("Lena Mora", LOW)


def test_a_speaker_with_other_evidence_is_not_shown_twice() -> None:
    assert [speaker for speaker, *_ in find(frozenset({"Lena Mora"}))] == ["Ivo Brandt"]


@pytest.mark.parametrize("chance", [0.05, 0.3])
def test_a_speaker_who_supports_no_pole_is_shown_by_nothing(chance: float) -> None:
    assert find(evidence=np.full((len(ENCODED), 2), chance)) == []
