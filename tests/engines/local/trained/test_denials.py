from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from subtext.domain.text.sentences import Sentence
from subtext.engines.local.claims import Claim
from subtext.engines.local.trained.denials import discount_denials
from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.tokenization import EncodedSentence
from tests.support.builders import AXIS

if TYPE_CHECKING:
    from subtext.domain.evidence import Polarity

LOW, HIGH = AXIS.poles
SENTENCES = (
    EncodedSentence(Sentence("It is not desperate.", 0, 0), False, (1, 2), ((0, 2), (10, 19))),
    EncodedSentence(Sentence("It begs.", 30, 1), False, (1, 2), ((30, 32), (33, 37))),
)
OUTPUTS = ModelOutputs(
    np.array([[0.1, 0.8, 0.1], [0.2, 0.7, 0.1]], np.float32),
    (np.full((2, 2), 0.5, np.float32), np.full((2, 2), 0.5, np.float32)),
    np.zeros(6, np.float32),
)


def claim(at: int, pole: str, polarity: Polarity) -> Claim:
    return Claim(at, at + 4, None, pole, 2.0, polarity, None)


@dataclass(frozen=True)
class Denial:
    id: str
    claims: tuple[Claim, ...]
    low: float


@pytest.mark.parametrize(
    "case",
    [
        Denial("nothing named", (), 0.8),
        Denial("denied", (claim(10, HIGH, "denies"),), 0.16),
        Denial("denied and asserted", (claim(10, HIGH, "denies"), claim(3, LOW, "asserts")), 0.8),
        Denial("asserted", (claim(10, LOW, "asserts"),), 0.8),
        Denial("the other pole denied", (claim(10, LOW, "denies"),), 0.8),
        Denial("denied elsewhere", (claim(25, HIGH, "denies"),), 0.8),
    ],
    ids=lambda case: case.id,
)
def test_a_pole_that_a_sentence_only_denies_is_improbable_there(case: Denial) -> None:
    outputs = discount_denials(OUTPUTS, SENTENCES, case.claims, AXIS)

    assert outputs.sentences[0, 1] == pytest.approx(case.low)
    assert outputs.sentences.sum(axis=1) == pytest.approx([1, 1])
    assert outputs.tokens[0][:, 0] == pytest.approx(0.5 * case.low / 0.8)
    assert np.array_equal(outputs.sentences[1], OUTPUTS.sentences[1])


def test_the_outputs_given_stay_as_they_were() -> None:
    before = OUTPUTS.sentences.copy(), OUTPUTS.tokens[0].copy()

    discount_denials(OUTPUTS, SENTENCES, [claim(10, HIGH, "denies")], AXIS)

    assert np.array_equal(OUTPUTS.sentences, before[0])
    assert np.array_equal(OUTPUTS.tokens[0], before[1])
