"""Articles that were read, put side by side on one axis."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Self

from pydantic import Field

from subtext.api.v1.document import Items, View
from subtext.api.v1.framing import ByVoiceView, LeanView
from subtext.domain.errors import RequestInvalid, SubtextError
from subtext.domain.evidence import AUTHOR_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.api.v1.framing import FramingView
    from subtext.api.v1.views import AnalysisView

QUOTES_PER_POLE = 2
_STRENGTHS = ("strong", "moderate", "weak")
Outcome = tuple["AnalysisView | SubtextError", str | None]
"""What came of one source, and the outlet that the caller named."""


class StrongQuoteView(View):
    """One of the strongest quotes for a pole."""

    evidence_id: str
    quote: str
    start: int
    end: int
    pole: str
    strength: str | None
    voice: str | None = Field(description="The speaker; null: the author.")


class ComparedView(View):
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
    quotes: Items[StrongQuoteView]
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
            quotes=_strongest(analysis, list(framing.scores)),
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
    poles: Items[str] = Field(description="The axis's poles, the negative end first.")
    articles: Items[ComparedView]
    failures: Items[FailedSourceView]
    spread: float | None = Field(description="Greatest score minus least, 0-2; null where fewer than two have a label.")
    same_target: bool = Field(description="Whether all frame the same target; if not, compare with care.")
    request_id: str


def comparison_of(outcomes: Sequence[Outcome], request_id: str) -> ComparisonView:
    """The comparison of what was read; what failed is named beside it.

    Raises the first failure where nothing was read, and `RequestInvalid` where not all are on one axis.
    """
    failures = [(at, found) for at, (found, _) in enumerate(outcomes) if isinstance(found, SubtextError)]
    read = [
        (at, found, _framing_of(found, at), outlet)
        for at, (found, outlet) in enumerate(outcomes)
        if not isinstance(found, SubtextError)
    ]
    if not read:
        raise failures[0][1]
    axes = sorted({framing.axis for _, _, framing, _ in read})
    if len(axes) > 1:
        raise RequestInvalid(f"the articles are on different axes ({', '.join(axes)}): analyse all of them on one")
    articles = [ComparedView.of(at, analysis, framing, outlet) for at, analysis, framing, outlet in read]
    scores = [item.overall.score for item in articles if item.overall.label is not None]
    return ComparisonView(
        axis=axes[0],
        poles=list(read[0][2].scores),
        articles=sorted(articles, key=lambda item: (item.overall.label is None, item.overall.score)),
        failures=[
            FailedSourceView(position=at, code=error.code, detail=error.detail, retryable=error.retryable)
            for at, error in failures
        ],
        spread=round(max(scores) - min(scores), 4) if len(scores) > 1 else None,
        same_target=len({(item.target or "").casefold() for item in articles}) == 1,
        request_id=request_id,
    )


def _framing_of(analysis: AnalysisView, position: int) -> FramingView:
    if analysis.framing is None:
        raise RequestInvalid(f"source {position} is an analysis without framing: analyse that article with framing")
    return analysis.framing


def _strongest(analysis: AnalysisView, poles: Sequence[str]) -> list[StrongQuoteView]:
    """The strongest quotes for each pole, in the order of the axis; of equals, those that come first."""
    names = {voice.id: voice.name or voice.kind for voice in analysis.voices}
    rank = {strength: at for at, strength in enumerate(_STRENGTHS)}
    found = sorted(
        (item for item in analysis.evidence if item.role == "framing"),
        key=lambda item: (rank.get(item.strength or "", len(rank)), item.start),
    )
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
