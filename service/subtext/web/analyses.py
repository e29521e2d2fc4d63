"""Serve the analysis pages: the start page, one analysis, its downloads, feedback, and static files."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, ValidationError
from starlette.responses import RedirectResponse

from subtext.errors import AnalysisNotFound, RequestInvalid, SubtextError
from subtext.http.deps import AnalysesDep, CallerDep, ContextDep, FeedbackDep, require_scope
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.sse import EventStreamResponse, accepts_event_stream, with_problems
from subtext.http.trusted_proxies import path_prefix
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import FeedbackRequest
from subtext.services.analyses import AnalysisService
from subtext.services.feedback import FeedbackService
from subtext.services.progress_events import ProgressEvent
from subtext.web import batches, compare, history, sign_in
from subtext.web.analysis_lookup import AnalysisLookup, AnalysisLookupDep
from subtext.web.analysis_page import build_analysis_page
from subtext.web.exports import FORMATS
from subtext.web.forms import SAMPLES, parse_form, read_form, value
from subtext.web.responses import HEADERS, PageRoute, handle_not_found, render_page, to_problem
from subtext.web.template_environment import STATIC, asset, render

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fastapi import FastAPI

    from subtext.web.forms import Fields

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_READ = require_scope("read")
_ANALYSIS = "analysis.html.j2"
_IMMUTABLE = "public, max-age=31536000, immutable"


def install(app: FastAPI) -> None:
    """Add the routers of all pages to the app, and the page of an address that leads nowhere."""
    app.add_exception_handler(404, handle_not_found)
    app.include_router(router)
    app.include_router(compare.router)
    app.include_router(history.router)
    app.include_router(batches.router)
    app.include_router(sign_in.router)


def require_id(value: str) -> str:
    """Return the id of an analysis; raises `AnalysisNotFound` for any other text, such as a link that was cut off."""
    if not _ID.fullmatch(value):
        raise AnalysisNotFound("there is no such analysis: the address is not complete, or has a typing error in it")
    return value


_ID = re.compile(r"[0-9a-f-]{36}")
AnalysisId = Annotated[str, Path(), AfterValidator(require_id)]


@router.get("/", dependencies=[_READ])
async def get_home(analyses: AnalysesDep) -> Response:
    """Render the start page with its form."""
    return _home(analyses, {})


@router.post("/analyses", dependencies=[require_scope("analyse")])
async def post_article(
    request: Request, analyses: AnalysesDep, context: ContextDep, lookup: AnalysisLookupDep
) -> Response:
    """Analyse the submitted article and redirect to its page; answer with SSE if the client accepts events."""
    fields: Fields = {}
    try:
        fields = await read_form(request)
        body = parse_form(fields)
        prepared = analyses.parse_request(body)
        if accepts_event_stream(request):
            events = with_problems(analyses.stream(body, prepared, context), request)
            return EventStreamResponse(_render_results(events, lookup, analyses))
        result = await cancel_on_disconnect(request.receive, analyses.analyze(body, prepared, context))
        lookup.put(result.view)
    except SubtextError as error:
        failure = to_problem(request, error)
        if accepts_event_stream(request):
            return EventStreamResponse(_single_event("error", failure.model_dump_json()))
        return _home(analyses, fields, status=failure.status, failure=failure)
    return RedirectResponse(f"/analyses/{result.view.id}", 303)


@router.get("/analyses/{analysis_id}.{kind}", dependencies=[_READ])
async def download_analysis(analysis_id: AnalysisId, kind: str, lookup: AnalysisLookupDep) -> Response:
    """Download an analysis as JSON, Markdown or CSV."""
    analysis = await lookup.get(analysis_id)
    if kind not in FORMATS:
        raise AnalysisNotFound("an analysis can be downloaded as .json, .md or .csv: use one of these")
    media_type, export = FORMATS[kind]
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="subtext-{analysis_id}.{kind}"'}
    return Response(export(analysis), headers=headers, media_type=media_type)


@router.get("/analyses/{analysis_id}", dependencies=[_READ])
async def get_analysis(
    analysis_id: AnalysisId,
    lookup: AnalysisLookupDep,
    analyses: AnalysesDep,
    feedback_stored: Annotated[str, Query(alias="said", max_length=1)] = "",
) -> Response:
    """Render the page of one analysis."""
    analysis = await lookup.get(analysis_id)
    return render_page(_ANALYSIS, **_analysis_context(analysis, analyses, feedback_stored))


@router.post("/analyses/{analysis_id}/feedback", dependencies=[_READ])
async def post_feedback(
    analysis_id: AnalysisId, request: Request, caller: CallerDep, feedback: FeedbackDep
) -> Response:
    """Store the reader's feedback and redirect back to the analysis."""
    fields = await read_form(request)
    entry = {"verdict": value(fields, "verdict"), "label": value(fields, "label") or None}
    if entry["verdict"] == "right":
        entry["label"] = None
    try:
        body = FeedbackRequest.model_validate({**entry, "comment": value(fields, "comment").strip() or None})
    except ValidationError as error:
        raise RequestInvalid("say whether it is right or wrong, in at most 2,000 characters") from error
    await feedback.add(analysis_id, body, caller.owner)
    return RedirectResponse(f"/analyses/{analysis_id}?said=1#said", 303)


@router.get("/static/{name}")
async def get_asset(name: str) -> Response:
    """Serve a static file; its URL holds its digest, so it is cached as immutable."""
    if name not in STATIC:
        raise AnalysisNotFound("there is no such file here: open the first page instead")
    return Response(asset(name), headers={**HEADERS, "Cache-Control": _IMMUTABLE}, media_type=STATIC[name])


def _analysis_context(analysis: AnalysisView, analyses: AnalysisService, feedback_stored: str = "") -> dict[str, Any]:
    return {
        "feedback_stored": feedback_stored,
        "labels": _labels(analysis, FeedbackService(analyses)),
        "page": build_analysis_page(analysis),
    }


def _labels(analysis: AnalysisView, feedback: FeedbackService) -> tuple[str, ...]:
    """Return the labels that a reader may choose as the right one; empty if feedback is not stored."""
    if analysis.framing is None or analysis.links.feedback is None:
        return ()
    return feedback.allowed_labels(analysis)


def _home(analyses: AnalysisService, fields: Fields, status: int = 200, failure: object = None) -> Response:
    values = {name: value(fields, name) for name in fields}
    engines = analyses.engines
    poles = analyses.prompts.axis(analyses.defaults.axis).axis.poles
    return render_page(
        "home.html.j2", status, engines=engines, failure=failure, samples=SAMPLES, values=values, poles=poles
    )


async def _render_results(
    events: AsyncGenerator[ProgressEvent], lookup: AnalysisLookup, analyses: AnalysisService
) -> AsyncGenerator[ProgressEvent]:
    """Pass events on; put each result into the recent analyses and send its page instead, with its path.

    The page goes along because a second request for it, and a new document, take longer than its bytes.
    """
    async with aclosing(events):
        async for name, data in events:
            if name == "result":
                analysis = AnalysisView.model_validate_json(data)
                lookup.put(analysis)
                html = render(_ANALYSIS, **_analysis_context(analysis, analyses))
                yield (
                    name,
                    orjson.dumps({"location": f"{path_prefix.get()}/analyses/{analysis.id}", "html": html}).decode(),
                )
            else:
                yield name, data


async def _single_event(name: str, data: str) -> AsyncGenerator[ProgressEvent]:
    yield name, data
