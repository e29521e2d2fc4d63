"""The page that puts articles about one story side by side."""

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
    """A source that is not in the comparison, as people named it, and why."""

    source: str
    detail: str


@router.get("/compare", dependencies=[require_scope("read")])
async def get_comparison(
    request: Request, service: AnalysesDep, readings: AnalysisLookupDep, a: Annotated[tuple[str, ...], Query()] = ()
) -> Response:
    """Analyses that are kept, side by side; with fewer than two, the form that asks for more."""
    chosen = [await readings.get(analysis_id) for analysis_id in dict.fromkeys(a[:SOURCES_MAX])]
    return _page(request, service, {}, chosen)


@router.post("/compare", dependencies=[require_scope("analyse")])
async def post_comparison(
    request: Request, service: AnalysesDep, context: ContextDep, readings: AnalysisLookupDep
) -> Response:
    """The comparison of what the form names: its lasting address where all could be read, else the page at once."""
    fields = await read_form(request)
    try:
        named = await _named(fields, readings)
        if not 1 < len(named) <= SOURCES_MAX:
            raise RequestInvalid(f"a comparison takes 2 to {SOURCES_MAX} articles: you gave {len(named)}")
        found = await cancel_on_disconnect(
            request.receive, analyze_all(service, [wanted for _, wanted in named], context)
        )
    except SubtextError as error:
        return _page(request, service, fields, (), error=error)
    analyses = [item for item in found if not isinstance(item, SubtextError)]
    for analysis in analyses:
        readings.put(analysis)
    failed = [
        FailedSource(source, item.detail)
        for (source, _), item in zip(named, found, strict=True)
        if isinstance(item, SubtextError)
    ]
    if failed:
        return _page(request, service, fields, analyses, failed=failed)
    return RedirectResponse(f"/compare?{'&'.join(f'a={analysis.id}' for analysis in analyses)}", 303)


async def _named(fields: Fields, readings: AnalysisLookup) -> list[tuple[str, AnalysisRequestBody | AnalysisView]]:
    """The sources of the form, each under the name that a failure has: kept analyses, addresses, pasted texts."""
    target, engine = value(fields, "target"), value(fields, "engine")
    named: list[tuple[str, AnalysisRequestBody | AnalysisView]] = [
        (analysis_id, await readings.get(analysis_id)) for analysis_id in dict.fromkeys(fields.get("analysis", []))
    ]
    for line in filter(None, map(str.strip, value(fields, "addresses").splitlines())):
        stored = _ID.search(line) if "/analyses/" in line or _ID.fullmatch(line) else None
        wanted = await readings.get(stored[0]) if stored else build_request(line, target, engine)
        named.append((line[:_SOURCE_MAX], wanted))
    pasted = [text for text in fields.get("text", []) if text.strip()]
    return named + [(f"{text.strip()[:_SOURCE_MAX]}…", build_request(text, target, engine)) for text in pasted]


def _name_of(analysis: AnalysisView) -> str:
    """The outlet, or for what was pasted its headline."""
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
        held=[analysis.id for analysis in analyses],
        names={analysis.id: _name_of(analysis) for analysis in analyses},
        place=x_position,
        request_id=get_request_id(request),
        sides=dict(zip(poles, ("negative", "positive"), strict=False)),
        values=fields,
    )
