"""Evidence of voices: a quote for each speaker whose own words support a pole, beside the evidence for the article.

It counts for the label of the voice only, so that a speaker can be reported without offering words that are less likely
to convince as evidence for the article's label.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from subtext.engines.local.trained.evidence_selection import MODERATE, is_contradicted, may_be_evidence
from subtext.engines.local.trained.voice_model import SpeakerSentences, speaker_masses, voice_features

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.evidence_selection import StatementFinder
    from subtext.engines.local.trained.logistic_model import LogisticModel
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.floating]

# The weight of a word of the lexicon that turns a speaker's statement.
_HINT = 0.25


@dataclass(frozen=True, slots=True)
class VoiceReader:
    """Reader of the speakers of one article; `evidence` (n by 2) are the ranker's probabilities of its sentences."""

    sentences: Sequence[EncodedSentence]
    outputs: ModelOutputs
    evidence: Floats
    lexicon_claims: Sequence[Claim]
    speakers: SpeakerSentences
    axis: Axis

    def features(self, speaker: str, labels: Mapping[str, float]) -> Floats:
        """Build the features of a speaker for either pole; `labels` are the probabilities of the article's labels."""
        return voice_features(
            self.speakers.by_name[speaker],
            self.outputs.sentences[:, 1:].astype(np.float64),
            self.evidence,
            speaker_masses(self.lexicon_claims, speaker, self.axis),
            labels,
            len(self.speakers.by_name),
            self.axis,
        )

    def find_claims(
        self, model: LogisticModel, labels: Mapping[str, float], heard: Collection[str], finder: StatementFinder
    ) -> Iterator[Claim]:
        """Yield a claim for each speaker who supports a pole and is not in `heard`, the speakers of other evidence."""
        for speaker, numbers in self.speakers.by_name.items():
            if speaker in heard or not numbers:
                continue
            probabilities = model.predict_proba(self.features(speaker, labels))
            column = int(probabilities.argmax())
            if probabilities[column] >= finder.limits.voice:
                yield from self._find_claim(speaker, column, finder)

    def _find_claim(self, speaker: str, column: int, finder: StatementFinder) -> Iterator[Claim]:
        """Yield the speaker's likeliest statement for a pole; it is for the other one if it has words of that alone."""
        pole = self.axis.poles[column]
        ranked = sorted(self.speakers.by_name[speaker], key=lambda number: -self.evidence[number, column])
        for number in ranked:
            encoded = self.sentences[number]
            if may_be_evidence(encoded):
                tags = self.outputs.tokens[number][:, column]
                claim = finder.find(encoded, tags, pole, float(self.evidence[number, column]))
                if claim.speaker == speaker:
                    turned = is_contradicted(claim, self.lexicon_claims, _HINT)
                    shown = self.axis.opposite_pole(pole) if turned else pole
                    yield replace(claim, pole=shown, weight=MODERATE)
                    return
