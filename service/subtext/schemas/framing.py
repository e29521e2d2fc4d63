"""The framing side of the v1 object: verdict, voices and evidence."""

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
"""What a divergence means, for people, by its code."""
_STRENGTH_RANK = {"strong": 0, "moderate": 1, "weak": 2}


class LeanView(View):
    """Where a body of evidence stands."""

    label: str | None = Field(description="A pole of the axis, mixed or neither; null: no label can be given.")
    scores: dict[str, float] = Field(description="0-1 for each pole, independent of the other.")
    score: float = Field(ge=-1, le=1, description="-1 is wholly the axis's first pole, +1 wholly its second.")
    intensity: float = Field(ge=0, le=1, description="How much framing there is; it parts mixed from neither.")


class ConfidenceView(View):
    """A probability that a careful human coder would give the same label."""

    value: float = Field(ge=0, le=1)
    method: str = Field(
        description="How it was arrived at: posterior or calibrated (probabilities), evidence_margin, agreement."
    )
    calibration_id: str | None = Field(description="The calibration it was fitted with; null: not calibrated.")


class IndicatorView(View):
    """A coded sign of a pole and where it was found."""

    code: str
    pole: str
    count: int
    evidence_ids: ListOf[str]


class ByVoiceView(View):
    """The author's own framing, and what the article passes on from others."""

    author: LeanView
    attributed: LeanView


class FramingView(LeanView):
    """The verdict and its reasons."""

    axis: str = Field(description="Axis as id@version.")
    label_source: str = Field(
        "evidence",
        description="engine: the engine's label, which the evidence supports; evidence: the label that the evidence "
        "gives, because it does not support the engine's, or there was none.",
    )
    confidence: ConfidenceView
    rationale: str
    indicators: ListOf[IndicatorView]
    by_voice: ByVoiceView
    headline: LeanView
    divergence: str = Field(description="none, author_vs_quotes or headline_vs_body.")

    @classmethod
    def of(cls, framing: Framing) -> Self:
        """A verdict with the lean that decides spread out at its top."""
        return cls(
            **_lean(framing.overall),
            axis=f"{framing.axis_id}@{framing.axis_version}",
            label_source=framing.label_source,
            confidence=ConfidenceView.model_validate(framing.confidence),
            rationale=framing.rationale,
            indicators=[IndicatorView.model_validate(found) for found in framing.indicators],
            by_voice=ByVoiceView.model_validate(framing),
            headline=LeanView.model_validate(framing.headline),
            divergence=framing.divergence,
        )


class VoiceView(LeanView):
    """Who frames."""

    id: str
    kind: str = Field(description="author, attributed or unclear.")
    name: str | None
    evidence_ids: ListOf[str]

    @classmethod
    def of(cls, heard: VoiceFraming) -> Self:
        """A voice with its own lean."""
        voice = heard.voice
        evidence_ids = list(heard.evidence_ids)
        return cls(**_lean(heard.score), id=voice.id, kind=voice.kind, name=voice.name, evidence_ids=evidence_ids)

    @property
    def display_name(self) -> str:
        """Return the voice's name for people: `the author`, the speaker's own, or `speaker unclear`."""
        return "the author" if self.kind == "author" else self.name or "speaker unclear"


class EvidenceView(View):
    """A verbatim span: document.text[start:end] == quote, always."""

    id: str
    role: str = Field(description="framing: carries the verdict; support: carries a summary sentence.")
    quote: str
    start: int = Field(ge=0, description="Unicode code points into document.text.")
    end: int = Field(ge=0)
    utf16: RangeView = Field(description="The same range in UTF-16 code units, as JavaScript, Java and C# count.")
    occurrence: int = Field(ge=1, description="Which of the quote's occurrences this is, from 1.")
    occurrences: int = Field(ge=1)
    match: str = Field(description="exact, or folded: the engine's quote differed in typography.")
    segment: str = Field(description="headline, lead or body.")
    voice_id: str | None = Field(description="Null for support.")
    pole: str | None = Field(description="The pole it counts toward for its voice; null for support.")
    indicator: str | None
    strength: str | None = Field(description="weak, moderate or strong; null for support.")
    polarity: str | None = Field(description="asserts, denies (the words name the other pole) or reports.")

    @classmethod
    def of(cls, item: Evidence) -> Self:
        """A piece of evidence, field by field."""
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
    """Return the framing evidence, the strongest first; of equals, what comes first in the text."""
    framing = (item for item in evidence if item.role == "framing")
    return sorted(framing, key=lambda item: (_STRENGTH_RANK.get(item.strength or "", len(_STRENGTH_RANK)), item.start))
