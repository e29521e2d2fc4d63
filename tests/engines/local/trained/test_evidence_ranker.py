from __future__ import annotations

import numpy as np

from subtext.domain.text.sentences import Sentence
from subtext.engines.local.claims import Claim
from subtext.engines.local.trained.encoder import ModelOutputs
from subtext.engines.local.trained.evidence_ranker import ranking_features
from subtext.engines.local.trained.tokenization import EncodedSentence
from tests.support.builders import AXIS

LOW, HIGH = AXIS.poles
PIECES = (
    EncodedSentence(Sentence("It begs.", 0, 0), True, (1, 2, 3), ((0, 2), (3, 7), (7, 8))),
    EncodedSentence(Sentence("It rules.", 20, 1), False, (1, 2, 3), ((20, 22), (23, 28), (28, 29))),
)
TOKENS = np.array([[0.1, 0.0], [0.7, 0.2], [0.1, 0.1]], np.float32)
OUTPUTS = ModelOutputs(
    np.array([[0.2, 0.7, 0.1], [0.3, 0.1, 0.6]], np.float32), (TOKENS, TOKENS), np.zeros(6, np.float32)
)


def test_a_sentence_has_features_for_either_pole() -> None:
    said = [Claim(3, 7, None, LOW, 4.0, "asserts", None), Claim(12, 15, None, HIGH, 4.0, "asserts", None)]
    values = ranking_features(PIECES, OUTPUTS, said, AXIS)
    assert values.shape[:2] == (2, 2)
    first_low, first_high = values[0]
    assert np.allclose(first_low[:2], first_high[:2][::-1])
    assert np.allclose(first_low[2], 0.7)
    assert np.allclose(first_low[3:5], [np.log1p(4.0), 0.0])
    denied = [Claim(3, 7, None, LOW, 4.0, "denies", None)]
    assert np.allclose(ranking_features(PIECES, OUTPUTS, denied, AXIS)[..., 3:5], 0.0)
    assert np.allclose(values[1, :, 3:5], 0.0), "a claim between the sentences read is nobody's"
