"""The posterior: from what network and lexicon say of the sentences to how likely each label of the article is.

A multinomial logistic regression on a few dozen numbers about the sentences and their voices, fitted on articles that
the network was not trained on, and a temperature that makes its probabilities honest.

What the lexicon says of an article, as numbers for the posterior: it errs on other articles than the network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.engines.local.trained.encoder import ModelOutputs

    Floats = NDArray[np.float64]
    from collections.abc import Sequence

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim

LABELS = ("desperation", "domination", "mixed", "neither")

_LEAD, _END = 6, 4

# In standard deviations.
_FAR = 3.0


@dataclass(frozen=True, slots=True)
class LabelModel:
    """Means and scales of the features, the regression on them, the temperature, and what each label counts.

    `counts` decides between near labels: `mixed` is rare and never the likeliest, yet it is the better answer where
    both poles are about as likely. It does not change how likely the label is said to be.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    counts: Floats
    temperature: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """The regression of a JSON file."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        mean, scale, weights, bias, counts = (
            np.array(stored[name], np.float64) for name in ("mean", "scale", "weights", "bias", "counts")
        )
        return cls(mean, scale, weights, bias, counts, float(stored["temperature"]))

    def rank(self, values: Floats) -> list[tuple[str, float]]:
        """Return the labels of an article with these features, the best first.

        Each has the probability that a careful reader gives it.
        """
        # A text unlike those that it was fitted on must not make it surer than any of them did.
        values = np.clip((values - self.mean) / self.scale, -_FAR, _FAR)
        likely = _softmax((self.weights @ values + self.bias) / self.temperature)
        order = np.argsort(-likely * self.counts, kind="stable")
        return [(LABELS[number], float(likely[number])) for number in order]


def features(outputs: ModelOutputs, others: Floats, titles: Floats, said: Floats) -> Floats:
    """The numbers about an article.

    `others` is each sentence's share of other voices, `titles` marks the title, `said` is what the lexicon finds.
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
        said,
    ]
    return np.concatenate(groups)


def _softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max())
    normed: Floats = raised / raised.sum()
    return normed


def lexicon_features(claims: Sequence[Claim], words: int, headline_end: int, axis: Axis) -> Floats:
    """For each pole the mass of claims a hundred words and in all, by the author and by others, and in the headline.

    The last number is the length of the article, in hundreds of words (logarithm).
    """
    hundreds = max(1, words) / 100
    numbers: list[float] = []
    for pole in axis.poles:
        of_pole = [claim for claim in claims if claim.pole == pole]
        for own in (True, False):
            mass = sum(claim.weight for claim in of_pole if (claim.speaker is None) == own)
            numbers += [mass / hundreds, float(np.log1p(mass))]
        numbers.append(sum(claim.weight for claim in of_pole if claim.end <= headline_end))
    return np.array([*numbers, np.log(hundreds)])
