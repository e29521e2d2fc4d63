"""Endpoint of comparisons: how several articles frame one story."""

from __future__ import annotations

from fastapi import APIRouter, Request

from subtext.api.openapi import INTAKE_PROBLEMS
from subtext.http.deps import AnalysesDep, ContextDep, RequestId, require_scope
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.idempotency import IdempotentRoute
from subtext.schemas.comparison import ComparisonView
from subtext.schemas.requests import ComparisonRequest
from subtext.services.comparisons import analyze_all, compare, parse_source

router = APIRouter(tags=["analyses"], route_class=IdempotentRoute, dependencies=[require_scope("analyse")])


@router.post("/comparisons", responses=INTAKE_PROBLEMS)
async def compare_articles(
    body: ComparisonRequest, analyses: AnalysesDep, context: ContextDep, request_id: RequestId, request: Request
) -> ComparisonView:
    """Compare articles about one story on one axis: author and quoted voices apart, strongest quotes side by side.

    A source that cannot be read is named in `failures`, and the others are compared.
    """
    sources = [parse_source(source, body) for source in body.sources]
    results = await cancel_on_disconnect(request.receive, analyze_all(analyses, sources, context))
    outlets = [source.outlet for source in body.sources]
    return compare(list(zip(results, outlets, strict=True)), request_id)
