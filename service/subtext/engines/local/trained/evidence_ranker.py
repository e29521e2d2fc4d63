"""The ranking: how likely a careful reader marks a sentence as evidence for a pole.

A logistic regression on what network and lexicon say of the sentence, its other side, and the article as a whole,
fitted on articles that the network was not trained on.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

# Keeps the logarithm of a probability of nearly nothing within bounds.
_LEAST = 1e-3
_NEITHER = 3


@dataclass(frozen=True, slots=True)
class EvidenceRanker:
    """Means and scales of the features, and the regression on them."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """The regression of a JSON file."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        mean, scale, weights = (np.array(stored[name], np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(stored["bias"]))

    def predict_proba(self, values: Floats) -> Floats:
        """For each row of features how likely it is evidence, 0-1."""
        logits = ((values - self.mean) / self.scale) @ self.weights + self.bias
        chances: Floats = 1 / (1 + np.exp(-logits))
        return chances


def ranking_features(
    pieces: Sequence[EncodedSentence], outputs: ModelOutputs, said: Sequence[Claim], axis: Axis
) -> Floats:
    """The features of every sentence for every pole: sentences by poles by features."""
    article = np.exp(outputs.article[:4] - outputs.article[:4].max())
    article = article / article.sum()
    masses = _masses(pieces, said, axis)
    rows = [
        _row(piece, outputs.sentences[number, 1:], outputs.tokens[number], masses[number], article, pole)
        for number, piece in enumerate(pieces)
        for pole in (0, 1)
    ]
    return np.array(rows, np.float64).reshape(len(pieces), 2, -1)


def _row(
    piece: EncodedSentence, chances: Floats, tokens: Floats, masses: Floats, article: Floats, pole: int
) -> list[float]:
    other = 1 - pole
    return [
        *np.log(chances[[pole, other]] + _LEAST),
        tokens[:, pole].max(),
        *np.log1p(masses[[pole, other]]),
        *article[[pole, other, _NEITHER]],
        float(piece.in_title),
        float(piece.sentence.heading),
        np.log(len(piece.ids)),
    ]


def _masses(pieces: Sequence[EncodedSentence], said: Sequence[Claim], axis: Axis) -> Floats:
    """What the lexicon finds in each sentence, by pole."""
    masses = np.zeros((len(pieces), 2))
    ends = [piece.sentence.end for piece in pieces]
    for claim in said:
        number = bisect_left(ends, claim.start + 1)
        if number < len(pieces) and pieces[number].sentence.start <= claim.start:
            masses[number, axis.poles.index(claim.pole)] += claim.weight
    return masses
