"""Define the comparison views: several articles on one axis."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Self

from pydantic import Field

from subtext.domain.evidence import AUTHOR_ID
from subtext.schemas.base import ListOf, View
from subtext.schemas.framing import ByVoiceView, FramingView, LeanView, sort_by_strength

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.schemas.analysis import AnalysisView

QUOTES_PER_POLE = 2


class StrongQuoteView(View):
    """One of the strongest quotes for a pole."""

    evidence_id: str
    quote: str
    start: int
    end: int
    pole: str
    strength: str | None
    voice: str | None = Field(description="The speaker; null: the author.")


class ComparedArticleView(View):
    """Framing of one article in the comparison."""

    position: int = Field(ge=0, description="Index of the article in the request, from 0.")
    analysis_id: str
    outlet: str | None
    title: str | None
    url: str | None
    published_at: str | None
    target: str | None
    overall: LeanView
    by_voice: ByVoiceView
    headline: LeanView
    confidence: float
    quotes: ListOf[StrongQuoteView]
    engine: str = Field(description="llm or local.")
    status: str

    @classmethod
    def of(cls, position: int, analysis: AnalysisView, framing: FramingView, outlet: str | None) -> Self:
        """Build one article's entry from its analysis."""
        document = analysis.document
        return cls(
            position=position,
            analysis_id=analysis.id,
            outlet=outlet or document.site,
            title=document.title,
            url=document.source.final_url or document.source.url,
            published_at=document.published_at,
            target=None if analysis.target is None else analysis.target.name,
            overall=LeanView(
                label=framing.label, scores=framing.scores, score=framing.score, intensity=framing.intensity
            ),
            by_voice=framing.by_voice,
            headline=framing.headline,
            confidence=framing.confidence.value,
            quotes=strongest_quotes(analysis, list(framing.scores)),
            engine=analysis.engine.kind,
            status=analysis.status,
        )


class FailedSourceView(View):
    """Article that could not be compared, and why."""

    position: int = Field(ge=0)
    code: str
    detail: str
    retryable: bool


class ComparisonView(View):
    """Articles on one axis, sorted from its first pole to its second; articles without a label come last."""

    axis: str = Field(description="Axis as id@version.")
    poles: ListOf[str] = Field(description="The axis's poles, the negative end first.")
    articles: ListOf[ComparedArticleView]
    failures: ListOf[FailedSourceView]
    spread: float | None = Field(
        description="Highest score minus lowest, 0-2; null if fewer than two articles have a label."
    )
    same_target: bool = Field(description="Whether all frame the same target; if not, compare with care.")
    request_id: str


def strongest_quotes(analysis: AnalysisView, poles: Sequence[str]) -> list[StrongQuoteView]:
    """Return the strongest quotes for each pole, in the order of the poles; ties by position in the text."""
    names = {voice.id: voice.name or voice.kind for voice in analysis.voices}
    ranked = sort_by_strength(analysis.evidence)
    strongest = chain.from_iterable([item for item in ranked if item.pole == pole][:QUOTES_PER_POLE] for pole in poles)
    return [
        StrongQuoteView(
            evidence_id=item.id,
            quote=item.quote,
            start=item.start,
            end=item.end,
            pole=item.pole or "",
            strength=item.strength,
            voice=None if item.voice_id == AUTHOR_ID else names.get(item.voice_id or ""),
        )
        for item in strongest
    ]
