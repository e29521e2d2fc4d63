"""Comparisons: how several articles tell one story."""

from __future__ import annotations

from fastapi import APIRouter, Request

from subtext.api.callers import needs
from subtext.api.deps import AnalysesDep, ContextDep, RequestId
from subtext.api.openapi import INTAKE_PROBLEMS
from subtext.api.presence import while_present
from subtext.api.replays import CostlyRoute
from subtext.schemas.comparison import ComparisonView
from subtext.schemas.requests import ComparisonRequest
from subtext.services.comparisons import analyze_all, compare, parse_source

router = APIRouter(tags=["analyses"], route_class=CostlyRoute, dependencies=[needs("analyse")])


@router.post("/comparisons", responses=INTAKE_PROBLEMS)
async def compare_articles(
    body: ComparisonRequest, analyses: AnalysesDep, context: ContextDep, request_id: RequestId, request: Request
) -> ComparisonView:
    """Several articles about one story on one axis: author and quoted voices apart, strongest quotes side by side.

    A source that cannot be read is named in `failures`, and the others are compared.
    """
    sources = [parse_source(source, body) for source in body.sources]
    results = await while_present(request.receive, analyze_all(analyses, sources, context))
    outlets = [source.outlet for source in body.sources]
    return compare(list(zip(results, outlets, strict=True)), request_id)
