"""What the label model counts of the lexicon (`label_model.lexicon_features`)."""

from __future__ import annotations

import numpy as np

from subtext.engines.local.claims import Claim
from subtext.engines.local.trained.label_model import lexicon_features
from tests.support.builders import AXIS

LOW, HIGH = AXIS.poles
CLAIMS = (
    Claim(0, 9, None, LOW, 4.0, "asserts", None),
    Claim(20, 29, None, LOW, 2.0, "asserts", None),
    Claim(30, 39, "Orlo", HIGH, 3.0, "asserts", None),
)


def test_claims_are_counted_by_pole_and_voice_and_in_the_headline() -> None:
    low, high = np.split(lexicon_features(CLAIMS, 200, 10, AXIS)[:-1], 2)
    assert np.allclose(low, [3.0, np.log1p(6.0), 0.0, 0.0, 4.0])
    assert np.allclose(high, [0.0, 0.0, 1.5, np.log1p(3.0), 0.0])


def test_a_denial_of_one_pole_is_no_claim_of_the_other() -> None:
    denial = Claim(2, 9, None, HIGH, 4.0, "denies", None)
    _, high = np.split(lexicon_features((denial,), 100, 10, AXIS)[:-1], 2)
    assert np.allclose(high, 0.0)


def test_a_text_without_claims_or_words_has_numbers_too() -> None:
    assert np.isfinite(lexicon_features((), 0, 0, AXIS)).all()
