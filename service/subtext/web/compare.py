"""Serve the comparison page: analyses of one story side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from subtext.errors import RequestInvalid, SubtextError
from subtext.http.deps import AnalysesDep, ContextDep, require_scope
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.strict_requests import get_request_id
from subtext.schemas.analysis import AnalysisView, outlet
from subtext.schemas.requests import SOURCES_MAX
from subtext.services.comparisons import analyze_all, compare
from subtext.web.analysis_lookup import AnalysisLookupDep
from subtext.web.analysis_page import outlet_name
from subtext.web.axis_chart import x_position
from subtext.web.forms import build_request, read_form, value
from subtext.web.responses import PageRoute, render_page, to_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.schemas.requests import AnalysisRequestBody
    from subtext.services.analyses import AnalysisService
    from subtext.web.analysis_lookup import AnalysisLookup
    from subtext.web.forms import Fields

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SOURCE_MAX = 80


@dataclass(frozen=True, slots=True)
class FailedSource:
    """Article that could not be analysed, as the user named it, and why."""

    source: str
    detail: str


@router.get("/compare", dependencies=[require_scope("read")])
async def get_comparison(
    request: Request, service: AnalysesDep, lookup: AnalysisLookupDep, a: Annotated[tuple[str, ...], Query()] = ()
) -> Response:
    """Compare stored analyses; with fewer than two, show the form."""
    analyses = [await lookup.get(analysis_id) for analysis_id in dict.fromkeys(a[:SOURCES_MAX])]
    return _page(request, service, {}, analyses)


@router.post("/compare", dependencies=[require_scope("analyse")])
async def post_comparison(
    request: Request, service: AnalysesDep, context: ContextDep, lookup: AnalysisLookupDep
) -> Response:
    """Analyse and compare the form's articles; redirect to a permanent URL if all could be analysed."""
    fields = await read_form(request)
    try:
        sources = await _read_sources(fields, lookup)
        if not 1 < len(sources) <= SOURCES_MAX:
            raise RequestInvalid(f"a comparison takes 2 to {SOURCES_MAX} articles: you gave {len(sources)}")
        results = await cancel_on_disconnect(
            request.receive, analyze_all(service, [article for _, article in sources], context)
        )
    except SubtextError as error:
        return _page(request, service, fields, (), error=error)
    analyses = [item for item in results if not isinstance(item, SubtextError)]
    for analysis in analyses:
        lookup.put(analysis)
    failed = [
        FailedSource(source, item.detail)
        for (source, _), item in zip(sources, results, strict=True)
        if isinstance(item, SubtextError)
    ]
    if failed:
        return _page(request, service, fields, analyses, failed=failed)
    return RedirectResponse(f"/compare?{'&'.join(f'a={analysis.id}' for analysis in analyses)}", 303)


async def _read_sources(fields: Fields, lookup: AnalysisLookup) -> list[tuple[str, AnalysisRequestBody | AnalysisView]]:
    """Return the form's articles, each with the name to report a failure under."""
    target, engine = value(fields, "target"), value(fields, "engine")
    sources: list[tuple[str, AnalysisRequestBody | AnalysisView]] = [
        (analysis_id, await lookup.get(analysis_id)) for analysis_id in dict.fromkeys(fields.get("analysis", []))
    ]
    for line in filter(None, map(str.strip, value(fields, "addresses").splitlines())):
        match = _ID.search(line) if "/analyses/" in line or _ID.fullmatch(line) else None
        article = await lookup.get(match[0]) if match else build_request(line, target, engine)
        sources.append((line[:_SOURCE_MAX], article))
    pasted = [text for text in fields.get("text", []) if text.strip()]
    return sources + [(f"{text.strip()[:_SOURCE_MAX]}…", build_request(text, target, engine)) for text in pasted]


def _display_name(analysis: AnalysisView) -> str:
    """Return the outlet's name, or the headline if the text was pasted."""
    return outlet(analysis) or analysis.document.title or outlet_name(analysis)


def _page(
    request: Request,
    service: AnalysisService,
    fields: Fields,
    analyses: Sequence[AnalysisView],
    *,
    failed: Sequence[FailedSource] = (),
    error: SubtextError | None = None,
) -> Response:
    comparison = None
    if len(analyses) > 1 or (analyses and failed):
        comparison = compare([(analysis, None) for analysis in analyses], get_request_id(request))
    failure = None if error is None else to_problem(request, error)
    poles = comparison.poles if comparison else []
    return render_page(
        "compare.html.j2",
        failure.status if failure else 200,
        comparison=comparison,
        engines=service.engines,
        failed_sources=failed,
        failure=failure,
        analysis_ids=[analysis.id for analysis in analyses],
        poles=service.prompts.axis(service.defaults.axis).axis.poles,
        names={analysis.id: _display_name(analysis) for analysis in analyses},
        x_position=x_position,
        request_id=get_request_id(request),
        sides=dict(zip(poles, ("negative", "positive"), strict=False)),
        values=fields,
    )
