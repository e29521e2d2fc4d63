"""Score an engine's answer to a case against its coding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from subtext.domain.article import prepend_title
from subtext.domain.evidence import Span
from subtext.domain.text.sentences import split_sentences
from subtext.evals import quote_metrics, voice_metrics
from subtext.evals.quote_metrics import QuoteTally
from subtext.evals.voice_metrics import VoiceTally

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis
    from subtext.evals.dataset import LabeledArticle


@dataclass(frozen=True, slots=True)
class CaseCost:
    """Time, tokens and cost of one answer; cost is None if the price is unknown."""

    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """Result of one case.

    `labels` are all that count as right, the preferred one first; `predicted` is None if no label was given; `failure`
    is the error's code if there was no answer. `author` is the coded and the predicted label of the author's own voice,
    None if that was not coded.
    """

    id: str
    kind: str | None
    labels: tuple[str, ...]
    predicted: str | None
    confidence: float
    failure: str | None = None
    author: tuple[str, str | None] | None = None
    quotes: QuoteTally = field(default_factory=QuoteTally)
    voices: VoiceTally = field(default_factory=VoiceTally)
    proposed: int = 0
    kept: int = 0
    effort: CaseCost = CaseCost()

    @property
    def is_right(self) -> bool:
        """Return whether the label is one that a coder gave."""
        return self.predicted in self.labels


def score_case(case: LabeledArticle, analysis: Analysis, seconds: float) -> CaseResult:
    """Score an answer that has a framing."""
    framing = analysis.framing
    if framing is None:
        raise ValueError("an answer without a framing cannot be scored")
    return CaseResult(
        id=case.id,
        kind=case.kind,
        labels=_labels(case),
        predicted=framing.overall.label,
        confidence=framing.confidence.value,
        author=None if case.author is None else (case.author, framing.author.label),
        quotes=_quote_tally(case, analysis),
        voices=_voice_tally(case, analysis),
        proposed=analysis.grounding.proposed,
        kept=analysis.grounding.kept,
        effort=_effort(analysis, seconds),
    )


def failed_case(case: LabeledArticle, code: str, seconds: float) -> CaseResult:
    """Build the result of a case without an answer; it counts as wrong, and its coded quotes as not found."""
    author = None if case.author is None else (case.author, None)
    text, *_ = prepend_title(case.title, case.text)
    quotes = quote_metrics.score_quotes(text, case.evidence, proposed=(), sentences=())
    voices = VoiceTally(coded=len(case.voices))
    return CaseResult(
        case.id, case.kind, _labels(case), None, 0.0, code, author, quotes, voices, effort=CaseCost(seconds)
    )


def _labels(case: LabeledArticle) -> tuple[str, ...]:
    return (case.label, *(label for label in case.labels if label != case.label))


def _quote_tally(case: LabeledArticle, analysis: Analysis) -> QuoteTally:
    text = analysis.article.text
    proposed = [
        quote_metrics.MarkedSpan(item.match.span, item.pole)
        for item in analysis.evidence
        if item.role == "framing" and item.pole is not None
    ]
    sentences = [Span(sentence.start, sentence.end) for sentence in split_sentences(text)]
    return quote_metrics.score_quotes(text, case.evidence, proposed, sentences)


def _voice_tally(case: LabeledArticle, analysis: Analysis) -> VoiceTally:
    labels = {voice.voice.name: voice.score.label for voice in analysis.voices if voice.voice.name is not None}
    return voice_metrics.score_voices(case.voices, labels)


def _effort(analysis: Analysis, seconds: float) -> CaseCost:
    usage = analysis.provenance.usage
    return CaseCost(seconds, usage.input_tokens or 0, usage.output_tokens or 0, usage.cost, usage.currency)
