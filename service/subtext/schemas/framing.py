"""Define the framing part of the v1 API: framing, voices and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from subtext.schemas.article import RangeView
from subtext.schemas.base import ListOf, View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.analysis import VoiceFraming
    from subtext.domain.evidence import Evidence
    from subtext.domain.framing import Framing, FramingScore

DIVERGENCE_SENTENCES = {
    "author_vs_quotes": "the author and the voices that are quoted frame it differently",
    "headline_vs_body": "the headline and the body frame it differently",
}
"""Sentence for each divergence code."""
_STRENGTH_RANK = {"strong": 0, "moderate": 1, "weak": 2}


class LeanView(View):
    """Label and scores of a body of evidence."""

    label: str | None = Field(description="A pole of the axis, mixed or neither; null: no label could be given.")
    scores: dict[str, float] = Field(description="0-1 for each pole, independent of the other.")
    score: float = Field(ge=-1, le=1, description="-1 is wholly the axis's first pole, +1 wholly its second.")
    intensity: float = Field(ge=0, le=1, description="How much framing there is; separates mixed from neither.")


class ConfidenceView(View):
    """Confidence in the label; a probability only if it is calibrated."""

    value: float = Field(ge=0, le=1)
    method: str = Field(
        description="How it was computed: posterior or calibrated (probabilities), evidence_margin, agreement."
    )
    calibration_id: str | None = Field(description="The calibration it was fitted with; null: not calibrated.")


class IndicatorView(View):
    """Coded sign of a pole, with the evidence that shows it."""

    code: str
    pole: str
    count: int
    evidence_ids: ListOf[str]


class ByVoiceView(View):
    """Framing by the author, and by the voices that the article quotes."""

    author: LeanView
    attributed: LeanView


class FramingView(LeanView):
    """Framing of the target: label, scores, confidence and reasons."""

    axis: str = Field(description="Axis as id@version.")
    label_source: str = Field(
        "evidence",
        description="engine: the engine's label, which the evidence supports; evidence: the label computed from the "
        "evidence, because it does not support the engine's label, or there was none.",
    )
    confidence: ConfidenceView
    rationale: str
    indicators: ListOf[IndicatorView]
    by_voice: ByVoiceView
    headline: LeanView
    divergence: str = Field(description="none, author_vs_quotes or headline_vs_body.")

    @classmethod
    def of(cls, framing: Framing) -> Self:
        """Build the view of a framing; the overall scores are its top-level fields."""
        return cls(
            **_lean(framing.overall),
            axis=f"{framing.axis_id}@{framing.axis_version}",
            label_source=framing.label_source,
            confidence=ConfidenceView.model_validate(framing.confidence),
            rationale=framing.rationale,
            indicators=[IndicatorView.model_validate(indicator) for indicator in framing.indicators],
            by_voice=ByVoiceView.model_validate(framing),
            headline=LeanView.model_validate(framing.headline),
            divergence=framing.divergence,
        )


class VoiceView(LeanView):
    """Voice with its own framing of the target."""

    id: str
    kind: str = Field(description="author, attributed or unclear.")
    name: str | None
    evidence_ids: ListOf[str]

    @classmethod
    def of(cls, framing: VoiceFraming) -> Self:
        """Build the view of a voice."""
        voice = framing.voice
        evidence_ids = list(framing.evidence_ids)
        return cls(**_lean(framing.score), id=voice.id, kind=voice.kind, name=voice.name, evidence_ids=evidence_ids)

    @property
    def display_name(self) -> str:
        """Return the voice's name for people: `the author`, the speaker's own, or `speaker unclear`."""
        return "the author" if self.kind == "author" else self.name or "speaker unclear"


class EvidenceView(View):
    """Verbatim quote: document.text[start:end] == quote, always."""

    id: str
    role: str = Field(
        description="framing: counts toward the label; voice: counts toward the label of its voice only; "
        "support: supports a summary sentence."
    )
    quote: str
    start: int = Field(ge=0, description="Unicode code points into document.text.")
    end: int = Field(ge=0)
    utf16: RangeView = Field(description="The same range in UTF-16 code units, as JavaScript, Java and C# count.")
    occurrence: int = Field(ge=1, description="Which of the quote's occurrences this is, from 1.")
    occurrences: int = Field(ge=1)
    match: str = Field(description="exact, or folded: the engine's quote differed in typography.")
    segment: str = Field(description="headline, lead or body.")
    voice_id: str | None = Field(description="Null for support.")
    pole: str | None = Field(description="The pole it counts toward; null for support.")
    indicator: str | None
    strength: str | None = Field(description="weak, moderate or strong; null for support.")
    polarity: str | None = Field(description="asserts, denies (the words name the other pole) or reports.")

    @classmethod
    def of(cls, item: Evidence) -> Self:
        """Build the view of a piece of evidence."""
        match = item.match
        return cls(
            id=item.id,
            role=item.role,
            quote=match.quote,
            start=match.span.start,
            end=match.span.end,
            utf16=RangeView.model_validate(match.utf16),
            occurrence=match.occurrence,
            occurrences=match.occurrences,
            match=match.kind,
            segment=item.segment,
            voice_id=item.voice_id,
            pole=item.pole,
            indicator=item.indicator,
            strength=item.strength,
            polarity=item.polarity,
        )


def _lean(lean: FramingScore) -> dict[str, Any]:
    return {"label": lean.label, "scores": lean.scores, "score": lean.score, "intensity": lean.intensity}


def sort_by_strength(evidence: Iterable[EvidenceView]) -> list[EvidenceView]:
    """Return the framing evidence, the strongest first; ties by position in the text."""
    framing = (item for item in evidence if item.role == "framing")
    return sorted(framing, key=lambda item: (_STRENGTH_RANK.get(item.strength or "", len(_STRENGTH_RANK)), item.start))
