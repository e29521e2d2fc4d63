from __future__ import annotations

import numpy as np
import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute
from subtext.engines.local.claims import Claim
from subtext.engines.local.trained.tokenization import EncodedSentence
from subtext.engines.local.trained.voice_model import SpeakerSentences, speaker_masses, voice_features
from tests.support.builders import AXIS

LOW, HIGH = AXIS.poles
TEXT = (
    "Orlan Freight is short of cash this year. “We dictate the terms of this deal,” Ivo Brandt said on Monday. "
    "Officials said that the firm would have to close its depot. “They come begging every month,” said Lena Mora. "
    "“And they will come again,” she said."
)
LABELS = {LOW: 0.6, HIGH: 0.1, "mixed": 0.1, "neither": 0.2}


def find(text: str = TEXT, title: bool = False) -> SpeakerSentences:
    sentences = split_sentences(text)
    encoded = [EncodedSentence(one, title, (1,), ((one.start, one.end),)) for one in sentences]
    return SpeakerSentences.find(encoded, attribute(text, sentences))


def test_each_speaker_has_the_sentences_of_their_words() -> None:
    assert dict(find().by_name) == {"Ivo Brandt": [1], "Officials": [2], "Lena Mora": [3, 4]}


def test_a_headline_is_nobodys_sentence() -> None:
    assert dict(find(title=True).by_name) == {"Ivo Brandt": [], "Officials": [], "Lena Mora": []}


@pytest.mark.parametrize("numbers", [[0, 1], [1], []])
def test_the_two_poles_have_the_same_features_the_other_way_round(numbers: list[int]) -> None:
    probabilities, evidence = np.array([[0.9, 0.1], [0.2, 0.3]]), np.array([[0.5, 0.0], [0.1, 0.2]])
    low, high = voice_features(numbers, probabilities, evidence, np.array([2.0, 0.0]), LABELS, 2, AXIS)

    own = (len(low) - 3) // 2
    assert low[:own] == pytest.approx(high[own : 2 * own])
    assert low[own : 2 * own] == pytest.approx(high[:own])
    assert low[2 * own :] == pytest.approx(high[2 * own :])
    assert (low[:own] != pytest.approx(high[:own])) is True


def test_only_a_speaker_s_own_claims_have_weight() -> None:
    claims = [
        Claim(0, 5, name, pole, 2.0, "asserts", None) for name, pole in (("Mora", LOW), ("Mora", HIGH), (None, LOW))
    ]

    assert speaker_masses(claims, "Mora", AXIS).tolist() == [2.0, 2.0]
    assert speaker_masses(claims, "Orlo", AXIS).tolist() == [0.0, 0.0]
