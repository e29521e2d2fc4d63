"""Trained classifier: label, calibrated confidence and evidence of an article, as the framing part of a draft.

An encoder reads the sentences, a label model turns its outputs into the probability of each label, an evidence
ranker scores the sentences from which the quotes are selected, and a voice model tells what each speaker supports.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from subtext.analysis.adequacy import ENOUGH_WORDS
from subtext.domain.article import AnalysisWarning
from subtext.domain.axis import NEITHER
from subtext.domain.evidence import Span
from subtext.engines.local.claims import claims
from subtext.engines.local.classifier import FramingResult, LexiconClassifier, find_hits
from subtext.engines.local.draft_framing import add_voices, build_calibrated_framing
from subtext.engines.local.tokens import trim_to_words
from subtext.engines.local.trained import ENCODER_MODEL, WEIGHTS
from subtext.engines.local.trained.contrast import contrast, exchange_names, has_other_side, is_short
from subtext.engines.local.trained.denials import discount_denials
from subtext.engines.local.trained.encoder import EncoderModel
from subtext.engines.local.trained.evidence_ranker import ranking_features
from subtext.engines.local.trained.evidence_selection import StatementFinder, Thresholds, candidates, select
from subtext.engines.local.trained.label_model import LabelModel, features, lexicon_features
from subtext.engines.local.trained.logistic_model import LogisticModel
from subtext.engines.local.trained.tokenization import encode_sentences
from subtext.engines.local.trained.voice_evidence import VoiceReader
from subtext.engines.local.trained.voice_model import SpeakerSentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from subtext.domain.axis import Axis
    from subtext.engines.local.attribution import Attributions
    from subtext.engines.local.claims import Claim
    from subtext.engines.local.classifier import FramingContext
    from subtext.engines.local.scorer import Hit
    from subtext.engines.local.trained.encoder import ModelOutputs
    from subtext.engines.local.trained.evidence_selection import Candidate
    from subtext.engines.local.trained.tokenization import EncodedSentence

    Floats = NDArray[np.float64]

# How many positions of a sentence are checked for whose words they are.
_VOICE_SAMPLES = 8
# Speakers who are reported at most: each is looked up in the article.
_SPEAKERS_MAX = 100
# Two sentences that follow each other may be this far apart; a wider gap is text that was not encoded.
_GAP_CHARS = 200


@dataclass(frozen=True, slots=True)
class Prediction:
    """Label, its calibrated probability, and the claims that support it.

    `speakers` are quoted in the text, `own_claims` count for the labels of single speakers only. `unread` is the middle
    of a text that is too long to be encoded whole, None if all of it was encoded.
    """

    label: str
    confidence: float
    claims: tuple[Claim, ...]
    own_claims: tuple[Claim, ...] = ()
    speakers: tuple[str, ...] = ()
    unread: Span | None = None


@dataclass(frozen=True, slots=True)
class TrainedScorer:
    """Scorer of articles by an encoder and models of labels, evidence and voices; `model` is its name in answers."""

    encoder: EncoderModel
    label_model: LabelModel
    short_label_model: LabelModel
    ranker: LogisticModel
    voice_model: LogisticModel
    model: str = ENCODER_MODEL
    limits: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load the scorer from a folder of weights."""
        ranker, voices = (LogisticModel.load(folder / name) for name in ("ranking.json", "voices.json"))
        labels, short = (LabelModel.load(folder / name) for name in ("posterior.json", "posterior_short.json"))
        return cls(EncoderModel.load(folder), labels, short, ranker, voices)

    def predict(self, context: FramingContext, lexicon_claims: Sequence[Claim]) -> Prediction | None:
        """Predict the label of an article with its evidence; None if no sentence has a token."""
        axis = context.axis
        encoded = encode_sentences(context.sentences, context.headline_end, context.target, self.encoder.tokenizer)
        if not encoded:
            return None
        outputs, labels = self._read(context, encoded, lexicon_claims)
        probabilities = self.ranker.predict_proba(ranking_features(encoded, outputs, lexicon_claims, axis))
        ranked = list(zip(encoded, probabilities, outputs.tokens, strict=True))
        finder = StatementFinder(context.text, context.voices, self.limits)
        options = candidates(ranked, lexicon_claims, axis, finder)
        label, confidence, selection = self._choose_label(labels, options, axis, len(encoded))
        speakers = SpeakerSentences.find(encoded, context.voices)
        reader = VoiceReader(encoded, outputs, probabilities, lexicon_claims, speakers, axis)
        accepted = {claim.speaker for claim in selection if claim.speaker}
        own_claims = tuple(reader.find_claims(self.voice_model, dict(labels), accepted, finder))
        quoted = tuple(islice(speakers.by_name, _SPEAKERS_MAX))
        return Prediction(label, confidence, tuple(selection), own_claims, quoted, _largest_gap(encoded))

    def _read(
        self, context: FramingContext, encoded: Sequence[EncodedSentence], lexicon_claims: Sequence[Claim]
    ) -> tuple[ModelOutputs, list[tuple[str, float]]]:
        """Encode the sentences and rank the labels; a short text with another side is read from there, too."""
        tokenizer = self.encoder.tokenizer
        outputs, values = self._encode(context, encoded, lexicon_claims)
        if not is_short(encoded):
            return outputs, self.label_model.rank(values)
        if not has_other_side(encoded, tokenizer):
            return outputs, self.short_label_model.rank(values)
        others, other_values = self._encode(context, exchange_names(encoded, tokenizer), lexicon_claims)
        return contrast(outputs, others), self.short_label_model.rank(values, other_values)

    def _encode(
        self, context: FramingContext, encoded: Sequence[EncodedSentence], lexicon_claims: Sequence[Claim]
    ) -> tuple[ModelOutputs, Floats]:
        """Return the encoder's outputs and the features of the label model."""
        outputs = discount_denials(self.encoder.predict(encoded), encoded, lexicon_claims, context.axis)
        lexicon = lexicon_features(lexicon_claims, context.words, context.headline_end, context.axis)
        return outputs, features(outputs, *voice_shares(encoded, context.voices), lexicon)

    def _choose_label(
        self, labels: Sequence[tuple[str, float]], options: Sequence[Candidate], axis: Axis, sentences: int
    ) -> tuple[str, float, list[Claim]]:
        """Choose the best label that enough claims support; `neither` needs none."""
        required = self.limits.required(sentences)
        supported = ((label, probability, select(label, options, axis, self.limits)) for label, probability in labels)
        return next(choice for choice in supported if choice[0] == NEITHER or len(choice[2]) >= required)


def voice_shares(sentences: Sequence[EncodedSentence], voices: Attributions) -> tuple[Floats, Floats]:
    """Compute for each sentence which share of it is attributed to others, and whether it is in the title (0 or 1)."""
    shares = np.array([_attributed_share(sentence, voices) for sentence in sentences])
    return shares, np.array([float(sentence.in_title) for sentence in sentences])


def _largest_gap(encoded: Sequence[EncodedSentence]) -> Span | None:
    """Find the widest gap between encoded sentences; None if it is no wider than white space."""
    gaps = [(last.sentence.end, following.sentence.start) for last, following in pairwise(encoded)]
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    return Span(start, end) if end - start > _GAP_CHARS else None


def _attributed_share(encoded: EncodedSentence, voices: Attributions) -> float:
    """Estimate which share of a sentence is attributed to others, from a few positions in it."""
    if encoded.in_title:
        return 0.0
    begin, end = encoded.sentence.start, encoded.sentence.end
    positions = range(begin, end, max(1, (end - begin) // _VOICE_SAMPLES))
    return sum(voices.at(position) is not None for position in positions) / len(positions)


_SAMPLED = (
    "framing_sampled",
    "the text is long: this part was searched for words alone, and the trained scorer read what is around it",
    "/framing",
)


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """Framing classifier with a trained scorer; the lexicon gives the indicators of the quotes.

    A short text goes to the lexicon's classifier, because the encoder was trained on whole articles.
    """

    scorer: TrainedScorer
    lexicon: LexiconClassifier

    @property
    def model(self) -> str:
        """Return the scorer's name."""
        return self.scorer.model

    def classify(self, context: FramingContext) -> FramingResult:
        """Classify the framing by the label model, with the label's probability and its evidence."""
        if context.words < ENOUGH_WORDS:
            return self.lexicon.classify(context)
        text = context.text
        hits = find_hits(context, self.lexicon.scorer)
        prediction = self.scorer.predict(context, claims(text, context.sentences, hits, context.voices, context.axis))
        if prediction is None:
            return self.lexicon.classify(context)
        all_hits = list(chain.from_iterable(hits))
        selection, own_claims = (
            tuple(_add_indicators(_trim_claims(group, text), all_hits))
            for group in (prediction.claims, prediction.own_claims)
        )
        draft = build_calibrated_framing(
            text, selection, prediction.label, prediction.confidence, context.axis, calibration=self.scorer.model
        )
        draft = add_voices(draft, text, own_claims, prediction.speakers)
        unread = prediction.unread
        return FramingResult(draft, () if unread is None else (AnalysisWarning(*_SAMPLED, unread),))


@lru_cache(maxsize=1)
def load_default() -> TrainedClassifier:
    """Load the classifier with the weights of this package, once; raises `OSError` if they are missing."""
    return TrainedClassifier(TrainedScorer.load(WEIGHTS), LexiconClassifier())


def _trim_claims(selected: Sequence[Claim], text: str) -> Iterator[Claim]:
    """Yield the claims trimmed to whole words, without the punctuation at their ends."""
    for claim in selected:
        if span := trim_to_words(text, claim.start, claim.end):
            yield replace(claim, start=span[0], end=span[1])


def _add_indicators(selected: Iterable[Claim], hits: Sequence[Hit]) -> Iterator[Claim]:
    """Yield each claim with the indicator of the weightiest lexicon hit inside it, if there is one."""
    for claim in selected:
        inside = (hit for hit in hits if hit.pole == claim.pole and claim.start <= hit.start and hit.end <= claim.end)
        best = max(inside, key=lambda hit: hit.weight, default=None)
        yield claim if best is None else replace(claim, indicator=best.indicator, polarity=best.polarity)
