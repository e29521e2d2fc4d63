"""Endpoints of analyses: create, verify, list, read, delete, and give feedback."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BeforeValidator, Field

from subtext.analysis.ports import ALL_PARTS, AnalysisFilter
from subtext.api.openapi import EVENTS, INTAKE_PROBLEMS, READ_PROBLEMS, REQUEST_PROBLEMS
from subtext.http.deps import (
    AnalysesDep,
    CallerDep,
    FeedbackDep,
    StoredAnalysesDep,
    get_analyses,
    get_context,
    require_scope,
)
from subtext.http.disconnect import cancel_on_disconnect
from subtext.http.idempotency import IdempotentRoute
from subtext.http.pagination import PageParams, paginate
from subtext.http.sse import EventStreamResponse, accepts_event_stream, with_problems
from subtext.http.strict_requests import StrictRoute
from subtext.schemas.analysis import ANALYSES_PATH, AnalysisView
from subtext.schemas.history import AnalysesView, AnalysisListItem, FeedbackView
from subtext.schemas.requests import AnalysisRequestBody, ArticleSource, FeedbackRequest, SummaryRequest, VerifyRequest
from subtext.schemas.verification import VerificationView
from subtext.services.verification import require_text, verify_claims

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart
    from subtext.services.analyses import AnalysisService, RequestContext

analysis_router = APIRouter(tags=["analyses"], route_class=IdempotentRoute, dependencies=[require_scope("analyse")])
stored_router = APIRouter(tags=["analyses"], route_class=StrictRoute)
_READ = require_scope("read")
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As the ETag in If-None-Match says."}}
AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="As in `id` of an analysis.")]


def _require_date(value: object) -> object:
    """Reject a bare number, which a parser takes for seconds since 1970: "2026" would be a moment of that year."""
    if isinstance(value, str) and value.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError("must be a date and a time with a zone, such as 2026-11-30T08:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_require_date)]
Name = Annotated[str | None, Field(min_length=1, max_length=300)]


class _AnalysisResponder:
    """Answer a request for an analysis: as one object, or as a stream of events."""

    def __init__(self, request: Request, analyses: AnalysisService, context: RequestContext) -> None:
        self._request, self._analyses, self._context = request, analyses, context

    async def respond(self, body: ArticleSource, parts: frozenset[AnalysisPart]) -> Response:
        """Return the analysis as JSON, which was made once for the store too; cancel it when the client disconnects."""
        work = self._analyses.analyze(body, self._analyses.parse_request(body, parts), self._context)
        result = await cancel_on_disconnect(self._request.receive, work)
        return Response(result.to_json(), headers={"X-Cache": result.cache_status}, media_type="application/json")

    def stream(self, body: AnalysisRequestBody) -> Response:
        """Return the stream of events."""
        events = self._analyses.stream(body, self._analyses.parse_request(body), self._context)
        return EventStreamResponse(with_problems(events, self._request))


# A coroutine of the request alone, as in `http/deps.py`: FastAPI would call the class itself in a thread.
async def _get_responder(request: Request) -> _AnalysisResponder:
    return _AnalysisResponder(request, await get_analyses(request), await get_context(request))


ResponderDep = Annotated[_AnalysisResponder, Depends(_get_responder)]


@analysis_router.post("/analyses", response_model=AnalysisView, responses={**INTAKE_PROBLEMS, **EVENTS})
async def analyze_article(body: AnalysisRequestBody, responder: ResponderDep, request: Request) -> Response:
    """Analyze an article: its summary and its framing, in one pass.

    With `Accept: text/event-stream`, the answer is a stream of events: `status`, `partial` (what is certain already),
    then `result` (the object) or `error` (a problem), and `done`.
    """
    return responder.stream(body) if accepts_event_stream(request) else await responder.respond(body, ALL_PARTS)


@analysis_router.post("/summaries", response_model=AnalysisView, responses=INTAKE_PROBLEMS)
async def summarize_article(body: SummaryRequest, responder: ResponderDep) -> Response:
    """Summarize an article: the same object, without framing."""
    return await responder.respond(body, frozenset({"summary"}))


@analysis_router.post("/stances", response_model=AnalysisView, responses=INTAKE_PROBLEMS)
async def assess_stance(body: AnalysisRequestBody, responder: ResponderDep) -> Response:
    """Assess how an article frames its target: the same object, without a summary."""
    return await responder.respond(body, frozenset({"framing"}))


@analysis_router.post("/verify", responses=REQUEST_PROBLEMS)
def verify_analysis(body: VerifyRequest, analyses: AnalysesDep) -> VerificationView:
    """Verify a stored analysis: check every claim against its text again, without a model."""
    # Not async: CPU-bound, so FastAPI runs it in a thread, and other requests are not blocked.
    framing = body.analysis.framing
    axis = None if framing is None else analyses.prompts.axis(framing.axis).axis
    return verify_claims(body.analysis, require_text(body.analysis, body.text), axis)


class AnalysisListParams(PageParams):
    """Parse the query parameters of the list of analyses: filters, cursor and limit."""

    label: Name = None
    outlet: Name = None
    target: Name = None
    engine: Literal["llm", "local"] | None = None
    since: Moment | None = Field(None, description="RFC 3339 with a zone; this moment included.")
    until: Moment | None = Field(None, description="RFC 3339 with a zone; this moment not included.")
    min_confidence: float | None = Field(None, ge=0, le=1)

    @property
    def filter(self) -> AnalysisFilter:
        """Return the filters."""
        return AnalysisFilter(**self.model_dump(include={field.name for field in fields(AnalysisFilter)}))


@stored_router.get("/analyses", responses=READ_PROBLEMS, dependencies=[_READ])
async def list_analyses(
    params: Annotated[AnalysisListParams, Query()], caller: CallerDep, analyses: StoredAnalysesDep, response: Response
) -> AnalysesView:
    """List your analyses that match every filter, newest first; analyses added meanwhile do not shift the pages."""
    rows = await analyses.list(caller.owner, params.filter, before=params.after_id, limit=params.limit + 1)
    page, next_cursor = paginate(rows, params, ANALYSES_PATH, response)
    return AnalysesView(analyses=[AnalysisListItem.of(stored) for stored in page], next_cursor=next_cursor)


@stored_router.get(
    "/analyses/{analysis_id}",
    response_model=AnalysisView,
    responses={**READ_PROBLEMS, **_UNCHANGED},
    dependencies=[_READ],
)
async def get_analysis(
    analysis_id: AnalysisId, caller: CallerDep, analyses: StoredAnalysesDep, request: Request
) -> Response:
    """Return a stored analysis as it was answered; it includes the article's text if the service stores texts."""
    document = (await analyses.get(caller.owner, analysis_id)).document.encode()
    headers = {"ETag": f'"{hashlib.sha256(document).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    known_tags = request.headers.get("if-none-match", "")
    if headers["ETag"] in known_tags or known_tags.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(document, headers=headers, media_type="application/json")


@stored_router.delete(
    "/analyses/{analysis_id}", status_code=204, responses=READ_PROBLEMS, dependencies=[require_scope("analyse")]
)
async def delete_analysis(analysis_id: AnalysisId, caller: CallerDep, analyses: StoredAnalysesDep) -> None:
    """Delete a stored analysis, and its feedback."""
    await analyses.delete(caller.owner, analysis_id)


@stored_router.post(
    "/analyses/{analysis_id}/feedback",
    status_code=201,
    responses={**REQUEST_PROBLEMS, **READ_PROBLEMS},
    dependencies=[_READ],
)
async def give_feedback(
    analysis_id: AnalysisId, body: FeedbackRequest, caller: CallerDep, feedback: FeedbackDep
) -> FeedbackView:
    """Say whether an analysis is right. The feedback is stored with the analysis, and trains nothing by itself."""
    stored = await feedback.add(analysis_id, body, caller.owner)
    return FeedbackView.model_validate(stored, from_attributes=True)


router = APIRouter()
router.include_router(analysis_router)
router.include_router(stored_router)
