"""Metrics endpoint on the service's own address, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from subtext.http.deps import get_services, require_scope
from subtext.schemas.problem import HTTPProblem

router = APIRouter(include_in_schema=False)


@router.get("/metrics", dependencies=[require_scope("admin")])
async def get_metrics(request: Request) -> Response:
    """Return the metrics as text; 404 if they have an address of their own (`SUBTEXT_METRICS_ADDRESS`)."""
    exposition = get_services(request).metrics
    if exposition is None:
        raise HTTPProblem(404, "metrics have an address of their own here: SUBTEXT_METRICS_ADDRESS")
    text, media_type = await exposition.render(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
