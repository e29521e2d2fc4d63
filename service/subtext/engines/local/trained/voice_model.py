"""Voice model: which pole a quoted speaker's own words support, if any, and the quote that shows it.

A logistic regression, asked once for each pole, on the speaker's sentences and on the label of the article, which is
what most of its speakers say. Fitted on coded speakers of articles that the encoder was not trained on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from subtext.domain.axis import NEITHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

# How many positions of a sentence are checked for whose words they are, and which share of it makes it a speaker's.
_VOICE_SAMPLES = 8
_SHARE_MIN = 0.2
_EPSILON = 1e-3
_TOP = 2


@dataclass(frozen=True, slots=True)
class SpeakerSentences:
    """Numbers of the sentences that a speaker has a part in, by name, in the order in which they speak."""

    by_name: Mapping[str, Sequence[int]]

    @classmethod
    def find(cls, sentences: Sequence[EncodedSentence], voices: Attributions) -> SpeakerSentences:
        """Find the sentences of each speaker; one who is quoted outside of the encoded text has none."""
        by_name: dict[str, list[int]] = {
            passage.speaker: [] for passage in (*voices.quoted, *voices.reported) if passage.speaker
        }
        for number, encoded in enumerate(sentences):
            for speaker, share in _shares(encoded, voices).items():
                if share >= _SHARE_MIN:
                    by_name[speaker].append(number)
        return cls(by_name)


def voice_features(
    numbers: Sequence[int],
    probabilities: Floats,
    evidence: Floats,
    masses: Floats,
    labels: Mapping[str, float],
    speakers: int,
    axis: Axis,
) -> Floats:
    """Build the features of a speaker for either pole: 2 by features.

    `numbers` are the speaker's sentences. For each sentence of the article `probabilities` (n by 2) are the encoder's
    for the poles and `evidence` (n by 2) the ranker's; `masses` (2) is the weight of the speaker's lexicon claims, and
    `labels` the probability of each label of the article.
    """
    own = list(numbers)
    top, ranked = _logits(_highest(probabilities[own])), _logits(_highest(evidence[own]))
    total = np.log1p(probabilities[own].sum(axis=0))
    article = np.log(np.array([labels[pole] for pole in axis.poles]) + _EPSILON)
    by_pole = np.array([top[0], ranked[0], ranked[1], total, np.log1p(masses), article])
    shared = [np.log(labels[NEITHER] + _EPSILON), np.log1p(len(own)), np.log1p(speakers)]
    return np.array([[*by_pole[:, pole], *by_pole[:, 1 - pole], *shared] for pole in (0, 1)])


def _shares(encoded: EncodedSentence, voices: Attributions) -> Mapping[str, float]:
    """Estimate which share of a sentence each speaker has, from a few positions in it."""
    if encoded.in_title:
        return {}
    begin, end = encoded.sentence.start, encoded.sentence.end
    positions = range(begin, end, max(1, (end - begin) // _VOICE_SAMPLES))
    passages = (voices.at(position) for position in positions)
    counts = Counter(passage.speaker for passage in passages if passage is not None and passage.speaker)
    return {speaker: count / len(positions) for speaker, count in counts.items()}


def _highest(values: Floats) -> Floats:
    """Return the two highest values of each column, highest first; zeros if there are fewer."""
    padded = np.vstack([values, np.zeros((_TOP, values.shape[1]))])
    highest: Floats = -np.sort(-padded, axis=0)[:_TOP]
    return highest


def _logits(probabilities: Floats) -> Floats:
    logits: Floats = np.log((probabilities + _EPSILON) / (1 - probabilities + _EPSILON))
    return logits


def speaker_masses(claims: Sequence[Claim], speaker: str, axis: Axis) -> Floats:
    """Sum the weights of a speaker's lexicon claims, by pole."""
    masses = np.zeros(2)
    for claim in claims:
        if claim.speaker == speaker:
            masses[axis.poles.index(claim.pole)] += claim.weight
    return masses
