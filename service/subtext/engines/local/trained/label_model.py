"""Calibrated label model: the posterior probability of each label of an article.

A multinomial logistic regression on features of the sentences and their voices, fitted on articles that the encoder was
not trained on, with temperature scaling (Guo et al. 2017, arXiv 1706.04599). The lexicon's features improve it because
the lexicon errs on other articles than the encoder.
"""

from __future__ import annotations

import json
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

    Floats = NDArray[np.float64]

LABELS = ("desperation", "domination", "mixed", "neither")

# Sentences at the start and at the end of an article that have features of their own.
_LEAD, _END = 6, 4

# Features are clipped at so many standard deviations.
_CLIP = 3.0


@dataclass(frozen=True, slots=True)
class LabelModel:
    """Softmax regression on standardized features, with a temperature and a decision weight for each label.

    `counts` are the decision weights: `mixed` is rare and hardly ever the most probable label, yet it is the better
    answer if both poles are about equally probable. They change the order of the labels, not their probabilities.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    counts: Floats
    temperature: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load the regression from a JSON file."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        mean, scale, weights, bias, counts = (
            np.array(stored[name], np.float64) for name in ("mean", "scale", "weights", "bias", "counts")
        )
        return cls(mean, scale, weights, bias, counts, float(stored["temperature"]))

    def rank(self, values: Floats, others: Floats | None = None) -> list[tuple[str, float]]:
        """Rank the labels for an article with these features, best first, each with its calibrated probability.

        `others` are the features with all others in the target's place: the lead of one pole over the other is then
        that for the target minus that for the others.
        """
        logits = self._logits(values)
        if others is not None:
            logits = _subtract_lead(logits, self._logits(others))
        probabilities = _softmax(logits / self.temperature)
        order = np.argsort(-probabilities * self.counts, kind="stable")
        return [(LABELS[number], float(probabilities[number])) for number in order]

    def _logits(self, values: Floats) -> Floats:
        # Clipped, so that an article unlike the training set does not get a higher confidence than any article in it.
        clipped = np.clip((values - self.mean) / self.scale, -_CLIP, _CLIP)
        logits: Floats = self.weights @ clipped + self.bias
        return logits


def _subtract_lead(logits: Floats, others: Floats) -> Floats:
    """Subtract the lead that the second pole has over the first in `others`; the mean of both poles stays."""
    half = (others[1] - others[0]) / 2
    less: Floats = logits + np.array([half, -half, 0.0, 0.0])
    return less


def features(outputs: ModelOutputs, others: Floats, titles: Floats, lexicon: Floats) -> Floats:
    """Build the feature vector of an article.

    For each sentence `others` is the share that is attributed to others, and `titles` whether it is in the title (0 or
    1); `lexicon` are the `lexicon_features`.
    """
    poles = outputs.sentences[:, 1:].astype(np.float64)
    article = outputs.article.astype(np.float64)
    top = np.vstack([-np.sort(-poles, axis=0), np.zeros((5, 2))])
    own = poles * (1 - others)[:, None]
    total = poles.sum(axis=0)
    balance = (total[1] - total[0]) / (total.sum() + 0.5)
    groups = [
        article[:4] - article[:4].mean(),
        _softmax(article[:4]),
        article[4:],
        poles.mean(axis=0),
        np.log1p(total),
        top[0],
        top[:3].mean(axis=0),
        top[:5].mean(axis=0),
        np.log1p((poles > 0.5).sum(axis=0)),  # noqa: PLR2004 - more likely than not
        poles[:_LEAD].mean(axis=0),
        poles[-_END:].mean(axis=0),
        own.sum(axis=0) / max(1.0, (1 - others).sum()),
        np.sort(own, axis=0)[-2:].mean(axis=0),
        (poles * others[:, None]).sum(axis=0) / max(1.0, others.sum()),
        poles[titles > 0].sum(axis=0),
        np.array([balance, abs(balance), np.log(len(poles)), others.mean()]),
        lexicon,
    ]
    return np.concatenate(groups)


def _softmax(values: Floats) -> Floats:
    exponentials = np.exp(values - values.max())
    probabilities: Floats = exponentials / exponentials.sum()
    return probabilities


def lexicon_features(claims: Sequence[Claim], words: int, headline_end: int, axis: Axis) -> Floats:
    """Build the lexicon's features: for each pole, the weight of the author's and of others' claims and the headline's.

    The weight of claims comes twice, per 100 words and as log(1 + weight). The last feature is the logarithm of the
    length in hundreds of words. A denial counts for nothing: who is not desperate need not dominate.
    """
    hundreds = max(1, words) / 100
    values: list[float] = []
    for pole in axis.poles:
        pole_claims = [claim for claim in claims if claim.pole == pole and claim.polarity != "denies"]
        for own in (True, False):
            mass = sum(claim.weight for claim in pole_claims if (claim.speaker is None) == own)
            values += [mass / hundreds, float(np.log1p(mass))]
        values.append(sum(claim.weight for claim in pole_claims if claim.end <= headline_end))
    return np.array([*values, np.log(hundreds)])
