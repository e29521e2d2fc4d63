"""Comparison views: several articles on one axis."""

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
    """How one article tells the story."""

    position: int = Field(ge=0, description="Which of the sources it is.")
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
        """An article's part of the comparison."""
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
    """A source that could not be compared, and why."""

    position: int = Field(ge=0)
    code: str
    detail: str
    retryable: bool


class ComparisonView(View):
    """Articles on one axis, from its first pole to its second; articles without a label stand last."""

    axis: str = Field(description="Axis as id@version.")
    poles: ListOf[str] = Field(description="The axis's poles, the negative end first.")
    articles: ListOf[ComparedArticleView]
    failures: ListOf[FailedSourceView]
    spread: float | None = Field(description="Greatest score minus least, 0-2; null where fewer than two have a label.")
    same_target: bool = Field(description="Whether all frame the same target; if not, compare with care.")
    request_id: str


def strongest_quotes(analysis: AnalysisView, poles: Sequence[str]) -> list[StrongQuoteView]:
    """The strongest quotes for each pole, in the order of the axis; of equals, those that come first."""
    names = {voice.id: voice.name or voice.kind for voice in analysis.voices}
    found = sort_by_strength(analysis.evidence)
    chosen = chain.from_iterable([item for item in found if item.pole == pole][:QUOTES_PER_POLE] for pole in poles)
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
        for item in chosen
    ]
