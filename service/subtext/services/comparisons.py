"""Analyze several articles about one story, and compare how they frame it on one axis."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.errors import RequestInvalid, SubtextError
from subtext.ids import derive_child_uuid7
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.comparison import ComparedArticleView, ComparisonView, FailedSourceView
from subtext.schemas.requests import AnalysisRequestBody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.schemas.framing import FramingView
    from subtext.schemas.requests import ComparedSource, ComparisonRequest
    from subtext.services.analyses import AnalysisService, RequestContext

    SourceResult = tuple[AnalysisView | SubtextError, str | None]
    """The result of one source, and the outlet that the caller named."""

MAX_CONCURRENCY = 4


async def analyze_all(
    analyses: AnalysisService, sources: Sequence[AnalysisRequestBody | AnalysisView], context: RequestContext
) -> list[AnalysisView | SubtextError]:
    """Analyze every source, a few at a time, and return the results in order; a failure does not stop the others."""
    semaphore = asyncio.Semaphore(MAX_CONCURRENCY)
    async with asyncio.TaskGroup() as group:
        contexts = [_narrow_context(context, position) for position in range(len(sources))]
        tasks = [
            group.create_task(_analyze_source(analyses, source, own_context, semaphore))
            for source, own_context in zip(sources, contexts, strict=True)
        ]
    return [task.result() for task in tasks]


def _narrow_context(context: RequestContext, position: int) -> RequestContext:
    """Return the context of one source, whose analysis has an id of its own."""
    if context.analysis_id is None:
        return context
    return replace(context, analysis_id=derive_child_uuid7(context.analysis_id, str(position)))


def parse_source(source: ComparedSource, body: ComparisonRequest) -> AnalysisRequestBody | AnalysisView:
    """Return the analysis that a source contains, or the request for one."""
    if source.analysis is not None:
        return source.analysis
    article = source.model_dump(include={"text", "html", "url", "title"}, exclude_none=True)
    options = body.model_dump(include={"target", "axis", "engine"}, exclude_none=True)
    return AnalysisRequestBody.model_validate({**article, **options})


def compare(results: Sequence[SourceResult], request_id: str) -> ComparisonView:
    """Compare the articles that could be analyzed, and list the failures beside them.

    Raises the first failure if nothing could be analyzed, and `RequestInvalid` if not all are on one axis.
    """
    failures = [(position, result) for position, (result, _) in enumerate(results) if isinstance(result, SubtextError)]
    analyzed = [
        (position, result, _require_framing(result, position), outlet)
        for position, (result, outlet) in enumerate(results)
        if not isinstance(result, SubtextError)
    ]
    if not analyzed:
        raise failures[0][1]
    axes = sorted({framing.axis for _, _, framing, _ in analyzed})
    if len(axes) > 1:
        raise RequestInvalid(f"the articles are on different axes ({', '.join(axes)}): analyse all of them on one")
    articles = [
        ComparedArticleView.of(position, analysis, framing, outlet) for position, analysis, framing, outlet in analyzed
    ]
    scores = [item.overall.score for item in articles if item.overall.label is not None]
    return ComparisonView(
        axis=axes[0],
        poles=list(analyzed[0][2].scores),
        articles=sorted(articles, key=lambda item: (item.overall.label is None, item.overall.score)),
        failures=[
            FailedSourceView(position=position, code=error.code, detail=error.detail, retryable=error.retryable)
            for position, error in failures
        ],
        spread=round(max(scores) - min(scores), 4) if len(scores) > 1 else None,
        same_target=len({(item.target or "").casefold() for item in articles}) == 1,
        request_id=request_id,
    )


def _require_framing(analysis: AnalysisView, position: int) -> FramingView:
    if analysis.framing is None:
        raise RequestInvalid(f"source {position} is an analysis without framing: analyse that article with framing")
    return analysis.framing


async def _analyze_source(
    analyses: AnalysisService,
    source: AnalysisRequestBody | AnalysisView,
    context: RequestContext,
    semaphore: asyncio.Semaphore,
) -> AnalysisView | SubtextError:
    if isinstance(source, AnalysisView):
        return source
    async with semaphore:
        try:
            return (await analyses.analyze(source, analyses.parse_request(source), context)).view
        except SubtextError as error:
            return error
