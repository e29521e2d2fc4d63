"""Articles that were read, put side by side on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.errors import RequestInvalid, SubtextError
from subtext.schemas.comparison import ComparedArticleView, ComparisonView, FailedSourceView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.framing import FramingView

Outcome = tuple["AnalysisView | SubtextError", str | None]
"""What came of one source, and the outlet that the caller named."""


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
    articles = [ComparedArticleView.of(at, analysis, framing, outlet) for at, analysis, framing, outlet in read]
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
