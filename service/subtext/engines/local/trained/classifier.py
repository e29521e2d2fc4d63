"""The trained framer: what the network and the posterior say of an article, as the framing part of a draft.

The trained scorer as the engine uses it: an article in, its evidence, label and confidence out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from subtext.analysis.adequacy import ENOUGH_WORDS
from subtext.domain.article import AnalysisWarning
from subtext.domain.axis import NEITHER
from subtext.domain.evidence import Span
from subtext.engines.local.claims import claims
from subtext.engines.local.classifier import FramingResult, LexiconClassifier, find_hits
from subtext.engines.local.draft_framing import build_calibrated_framing
from subtext.engines.local.tokens import trim_to_words
from subtext.engines.local.trained import ENCODER_MODEL, WEIGHTS
from subtext.engines.local.trained.encoder import EncoderModel
from subtext.engines.local.trained.evidence_ranker import EvidenceRanker, ranking_features
from subtext.engines.local.trained.evidence_selection import Thresholds, candidates, select
from subtext.engines.local.trained.label_model import LabelModel, features, lexicon_features
from subtext.engines.local.trained.tokenization import encode_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.classifier import FramingContext
    from subtext.engines.local.scorer import Hit
    from subtext.engines.local.trained.evidence_selection import Candidate
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.float64]

_STEPS = 8

_GAP_CHARS = 200


@dataclass(frozen=True, slots=True)
class Prediction:
    """The label, how often such an answer is right, and the claims that bear it when they are weighed.

    `unread` is the middle of a text that is too long to be read whole, None where it was.
    """

    label: str
    confidence: float
    claims: tuple[Claim, ...]
    unread: Span | None = None


@dataclass(frozen=True, slots=True)
class TrainedScorer:
    """Judges articles with a network, a posterior and a ranking; `model` is the name by which an answer tells so."""

    network: EncoderModel
    posterior: LabelModel
    ranking: EvidenceRanker
    model: str = ENCODER_MODEL
    limits: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The scorer of a folder of weights."""
        ranking = EvidenceRanker.load(folder / "ranking.json")
        return cls(EncoderModel.load(folder), LabelModel.load(folder / "posterior.json"), ranking)

    def predict(self, scene: FramingContext, said: Sequence[Claim]) -> Prediction | None:
        """What the article says of the target, or None where it has no words; `said` is what the lexicon finds."""
        read = encode_sentences(scene.sentences, scene.headline_end, scene.target, self.network.tokenizer)
        if not read:
            return None
        outputs = self.network.predict(read)
        others, titles = voice_shares(read, scene.voices)
        values = features(outputs, others, titles, lexicon_features(said, scene.words, scene.headline_end, scene.axis))
        chances = self.ranking.predict_proba(ranking_features(read, outputs, said, scene.axis))
        carried = list(zip(read, chances, outputs.tokens, strict=True))
        found = candidates(scene.text, carried, said, scene.voices, scene.axis, self.limits)
        label, confidence, chosen = self._supported(self.posterior.rank(values), found, scene.axis, len(read))
        return Prediction(label, confidence, tuple(chosen), _largest_gap(read))

    def _supported(
        self, ranked: Sequence[tuple[str, float]], found: Sequence[Candidate], axis: Axis, sentences: int
    ) -> tuple[str, float, list[Claim]]:
        """Return the best label that enough statements bear; `neither` needs none."""
        options = ((label, chance, select(label, found, axis, self.limits)) for label, chance in ranked)
        required = self.limits.required(sentences)
        return next(option for option in options if option[0] == NEITHER or len(option[2]) >= required)


def voice_shares(read: Sequence[EncodedSentence], voices: Attributions) -> tuple[Floats, Floats]:
    """For each sentence the share of it that others say, and whether it is the title's."""
    return np.array([_share_of_others(piece, voices) for piece in read]), np.array([float(p.in_title) for p in read])


def _largest_gap(read: Sequence[EncodedSentence]) -> Span | None:
    """The widest gap between what was read, where it is wider than what may lie between two sentences."""
    gaps = [(last.sentence.end, following.sentence.start) for last, following in pairwise(read)]
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    return Span(start, end) if end - start > _GAP_CHARS else None


def _share_of_others(piece: EncodedSentence, voices: Attributions) -> float:
    """How much of a sentence is not the author's, from a few places in it."""
    if piece.in_title:
        return 0.0
    begin, end = piece.sentence.start, piece.sentence.end
    places = range(begin, end, max(1, (end - begin) // _STEPS))
    return sum(voices.at(at) is not None for at in places) / len(places)


_SAMPLED = (
    "framing_sampled",
    "the text is long: this part was searched for words alone, and the trained scorer read what is around it",
    "/framing",
)


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """Judges with a trained scorer; the lexicon tells which signs its phrases are.

    A text that is too short for a sure label is left to the lexicon: the network was trained on whole articles.
    """

    scorer: TrainedScorer
    words: LexiconClassifier

    @property
    def model(self) -> str:
        """The scorer's name."""
        return self.scorer.model

    def framing(self, scene: FramingContext) -> FramingResult:
        """The posterior's label and its probability, and the phrases that bear it."""
        if scene.words < ENOUGH_WORDS:
            return self.words.framing(scene)
        hits = find_hits(scene, self.words.scorer)
        said = claims(scene.text, scene.sentences, hits, scene.voices, scene.axis)
        judged = self.scorer.predict(scene, said)
        if judged is None:
            return self.words.framing(scene)
        chosen = tuple(_with_indicators(_trim_claims(judged.claims, scene.text), list(chain.from_iterable(hits))))
        draft = build_calibrated_framing(
            scene.text, chosen, judged.label, judged.confidence, scene.axis, calibration=self.scorer.model
        )
        return FramingResult(draft, () if judged.unread is None else (AnalysisWarning(*_SAMPLED, judged.unread),))


@lru_cache(maxsize=1)
def load_default() -> TrainedClassifier:
    """The framer with the weights of this package, read once; raises `OSError` where they are not there."""
    return TrainedClassifier(TrainedScorer.load(WEIGHTS), LexiconClassifier())


def _trim_claims(found: Sequence[Claim], text: str) -> Iterator[Claim]:
    """The claims on whole words, without the punctuation at their ends."""
    for claim in found:
        if span := trim_to_words(text, claim.start, claim.end):
            yield replace(claim, start=span[0], end=span[1])


def _with_indicators(found: Iterable[Claim], hits: Sequence[Hit]) -> Iterator[Claim]:
    """The claims, each with the coded sign that the lexicon knows in it."""
    for claim in found:
        inside = (hit for hit in hits if hit.pole == claim.pole and claim.start <= hit.start and hit.end <= claim.end)
        best = max(inside, key=lambda hit: hit.weight, default=None)
        yield claim if best is None else replace(claim, indicator=best.indicator, polarity=best.polarity)
