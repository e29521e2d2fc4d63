"""Evidence ranking: features of a sentence for the probability that a careful reader marks it as evidence for a pole.

They are of the sentence (encoder and lexicon, for this pole and the other) and of the article. The logistic regression
on them was fitted on articles that the encoder was not trained on.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

# Added to a probability before its logarithm is taken, to bound it.
_EPSILON = 1e-3
_NEITHER = 3


def ranking_features(
    sentences: Sequence[EncodedSentence], outputs: ModelOutputs, lexicon_claims: Sequence[Claim], axis: Axis
) -> Floats:
    """Build the features of every sentence for every pole: sentences by 2 poles by features."""
    article = np.exp(outputs.article[:4] - outputs.article[:4].max())
    article = article / article.sum()
    masses = _sum_weights(sentences, lexicon_claims, axis)
    rows = [
        _build_row(encoded, outputs.sentences[number, 1:], outputs.tokens[number], masses[number], article, pole)
        for number, encoded in enumerate(sentences)
        for pole in (0, 1)
    ]
    return np.array(rows, np.float64).reshape(len(sentences), 2, -1)


def _build_row(
    encoded: EncodedSentence, probabilities: Floats, tokens: Floats, masses: Floats, article: Floats, pole: int
) -> list[float]:
    other = 1 - pole
    return [
        *np.log(probabilities[[pole, other]] + _EPSILON),
        tokens[:, pole].max(),
        *np.log1p(masses[[pole, other]]),
        *article[[pole, other, _NEITHER]],
        float(encoded.in_title),
        float(encoded.sentence.heading),
        np.log(len(encoded.ids)),
    ]


def _sum_weights(sentences: Sequence[EncodedSentence], lexicon_claims: Sequence[Claim], axis: Axis) -> Floats:
    """Sum the weights of the lexicon's claims in each sentence, by pole; denials are none."""
    masses = np.zeros((len(sentences), 2))
    ends = [encoded.sentence.end for encoded in sentences]
    for claim in lexicon_claims:
        number = bisect_left(ends, claim.start + 1)
        is_inside = number < len(sentences) and sentences[number].sentence.start <= claim.start
        if is_inside and claim.polarity != "denies":
            masses[number, axis.poles.index(claim.pole)] += claim.weight
    return masses
