"""The pages: ask, read, take along."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from subtext.errors import AnalysisNotFound, RequestInvalid, SubtextError
from subtext.http.deps import AnalysesDep, CallerDep, ContextDep, FeedbackDep, require_scope
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.sse import EventStreamResponse, accepts_event_stream, with_problems
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import FeedbackRequest
from subtext.services.analyses import AnalysisService, ProgressEvent
from subtext.services.feedback import FeedbackService
from subtext.web import batches, compare, history, sign_in
from subtext.web.analysis_lookup import AnalysisLookup, AnalysisLookupDep
from subtext.web.analysis_page import build_analysis_page
from subtext.web.exports import as_csv, as_markdown
from subtext.web.forms import SAMPLES, parse_form, read_form, value
from subtext.web.responses import HEADERS, PageRoute, render_page, to_problem
from subtext.web.template_environment import STATIC, asset

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fastapi import FastAPI

    from subtext.web.forms import Fields

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_READ = require_scope("read")
_IMMUTABLE = "public, max-age=31536000, immutable"
_TAKEN = {"csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}


def install(app: FastAPI) -> None:
    """Serve the pages."""
    app.include_router(router)
    app.include_router(compare.router)
    app.include_router(history.router)
    app.include_router(batches.router)
    app.include_router(sign_in.router)


AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


@router.get("/", dependencies=[_READ])
async def get_home(analyses: AnalysesDep) -> Response:
    """Where an article is pasted."""
    return _home(analyses, {})


@router.post("/analyses", dependencies=[require_scope("analyse")])
async def post_article(
    request: Request, analyses: AnalysesDep, context: ContextDep, readings: AnalysisLookupDep
) -> Response:
    """An analysis, and the way to its page; as events where they are asked for, so that progress can be shown."""
    fields: Fields = {}
    try:
        fields = await read_form(request)
        body = parse_form(fields)
        question = analyses.parse_request(body)
        if accepts_event_stream(request):
            events = with_problems(analyses.stream(body, question, context), request)
            return EventStreamResponse(_remember_results(events, readings))
        result = await cancel_on_disconnect(request.receive, analyses.analyze(body, question, context))
        readings.put(result.view)
    except SubtextError as error:
        failure = to_problem(request, error)
        if accepts_event_stream(request):
            return EventStreamResponse(_one("error", failure.model_dump_json()))
        return _home(analyses, fields, status=failure.status, failure=failure)
    return RedirectResponse(f"/analyses/{result.view.id}", 303)


@router.get("/analyses/{analysis_id}.{kind}", dependencies=[_READ])
async def download_analysis(analysis_id: AnalysisId, kind: str, readings: AnalysisLookupDep) -> Response:
    """An analysis as a file."""
    analysis = await readings.get(analysis_id)
    if kind not in _TAKEN:
        raise AnalysisNotFound("an analysis can be taken along as .json, .md or .csv: ask for one of these")
    body = {"csv": as_csv, "md": as_markdown, "json": _as_json}[kind](analysis)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="subtext-{analysis_id}.{kind}"'}
    return Response(body, headers=headers, media_type=_TAKEN[kind])


@router.get("/analyses/{analysis_id}", dependencies=[_READ])
async def get_analysis(
    analysis_id: AnalysisId,
    readings: AnalysisLookupDep,
    analyses: AnalysesDep,
    said: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """One analysis, to look at and to check word by word."""
    analysis = await readings.get(analysis_id)
    return render_page(
        "analysis.html.j2",
        labels=_labels(analysis, FeedbackService(analyses)),
        said=said,
        sheet=build_analysis_page(analysis),
    )


@router.post("/analyses/{analysis_id}/feedback", dependencies=[_READ])
async def post_feedback(
    analysis_id: AnalysisId, request: Request, caller: CallerDep, feedback: FeedbackDep
) -> Response:
    """Keep what a reader says of an analysis, and show it again."""
    fields = await read_form(request)
    given = {"verdict": value(fields, "verdict"), "label": value(fields, "label") or None}
    if given["verdict"] == "right":
        given["label"] = None
    try:
        said = FeedbackRequest.model_validate({**given, "comment": value(fields, "comment").strip() or None})
    except ValidationError as error:
        raise RequestInvalid("say whether it is right or wrong, in at most 2,000 characters") from error
    await feedback.add(analysis_id, said, caller.owner)
    return RedirectResponse(f"/analyses/{analysis_id}?said=1#said", 303)


@router.get("/static/{name}")
async def get_asset(name: str) -> Response:
    """A style or a script; its address has its digest, so it is kept by browsers."""
    if name not in STATIC:
        raise AnalysisNotFound("there is no such file here: open the first page instead")
    return Response(asset(name), headers={**HEADERS, "Cache-Control": _IMMUTABLE}, media_type=STATIC[name])


def _labels(analysis: AnalysisView, feedback: FeedbackService) -> tuple[str, ...]:
    """What a reader may say is right instead; nothing where feedback is not kept."""
    if analysis.framing is None or analysis.links.feedback is None:
        return ()
    return feedback.allowed_labels(analysis)


def _home(analyses: AnalysisService, fields: Fields, status: int = 200, failure: object = None) -> Response:
    values = {name: value(fields, name) for name in fields}
    engines = analyses.engines
    return render_page("home.html.j2", status, engines=engines, failure=failure, samples=SAMPLES, values=values)


async def _remember_results(
    events: AsyncGenerator[ProgressEvent], readings: AnalysisLookup
) -> AsyncGenerator[ProgressEvent]:
    """The same events, but where a result comes it is put on the shelf, and its page is named."""
    async with aclosing(events):
        async for name, data in events:
            if name == "result":
                analysis = AnalysisView.model_validate_json(data)
                readings.put(analysis)
                yield name, orjson.dumps({"location": f"/analyses/{analysis.id}"}).decode()
            else:
                yield name, data


async def _one(name: str, data: str) -> AsyncGenerator[ProgressEvent]:
    yield name, data


def _as_json(analysis: AnalysisView) -> str:
    return analysis.model_dump_json(indent=2)
