"""Analyses that were answered before: found, listed, forgotten, and what readers say of them."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from subtext.analyst.identity import new_id
from subtext.analyst.storing import Feedback, Wanted
from subtext.api.callers import Caller, CallerDep, needs
from subtext.api.cursors import PageAsk, page_of
from subtext.api.deps import RuntimeDep
from subtext.api.openapi import READ_PROBLEMS, REQUEST_PROBLEMS
from subtext.api.requests import StrictRoute
from subtext.api.v1.records import Records, RecordsDep
from subtext.domain.errors import RequestInvalid
from subtext.schemas.analysis import ANALYSES_PATH, AnalysesView, AnalysisListItem, AnalysisView, FeedbackView
from subtext.schemas.requests import FeedbackRequest

if TYPE_CHECKING:
    from subtext.runtime import Runtime

router = APIRouter(tags=["analyses"], route_class=StrictRoute)
_READ = needs("read")
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As the ETag in If-None-Match says."}}
AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="As in `id` of an analysis.")]
Name = Annotated[str | None, Field(min_length=1, max_length=300)]


class Listing(PageAsk):
    """Which analyses are asked for, and how many at a time."""

    label: Name = None
    outlet: Name = None
    target: Name = None
    engine: Literal["llm", "local"] | None = None
    since: AwareDatetime | None = Field(None, description="RFC 3339 with a zone; this moment included.")
    until: AwareDatetime | None = Field(None, description="RFC 3339 with a zone; this moment not included.")
    min_confidence: float | None = Field(None, ge=0, le=1)

    @property
    def wanted(self) -> Wanted:
        """The filters."""
        return Wanted(**self.model_dump(include={field.name for field in fields(Wanted)}))


@router.get("/analyses", responses=READ_PROBLEMS, dependencies=[_READ])
async def list_analyses(
    asked: Annotated[Listing, Query()], caller: CallerDep, records: RecordsDep, response: Response
) -> AnalysesView:
    """The caller's analyses that fit every filter, the newest first; what is added meanwhile moves no page."""
    found = await records.store.listed(caller.owner, asked.wanted, before=asked.before, limit=asked.limit + 1)
    page, following = page_of(found, asked, ANALYSES_PATH, response)
    return AnalysesView(analyses=[AnalysisListItem.of(stored) for stored in page], next_cursor=following)


@router.get(
    "/analyses/{analysis_id}",
    response_model=AnalysisView,
    responses={**READ_PROBLEMS, **_UNCHANGED},
    dependencies=[_READ],
)
async def get_analysis(analysis_id: AnalysisId, caller: CallerDep, records: RecordsDep, request: Request) -> Response:
    """An analysis as it was answered; the article's text is in it where the service keeps texts."""
    document = (await records.store.get(caller.owner, analysis_id)).document.encode()
    headers = {"ETag": f'"{hashlib.sha256(document).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(document, headers=headers, media_type="application/json")


@router.delete("/analyses/{analysis_id}", status_code=204, responses=READ_PROBLEMS, dependencies=[needs("analyse")])
async def delete_analysis(analysis_id: AnalysisId, caller: CallerDep, records: RecordsDep, runtime: RuntimeDep) -> None:
    """Forget an analysis, and what was said of it."""
    await records.store.remove(caller.owner, analysis_id)
    if runtime.keeper is not None:
        runtime.keeper.forget(analysis_id)


@router.post(
    "/analyses/{analysis_id}/feedback",
    status_code=201,
    responses={**REQUEST_PROBLEMS, **READ_PROBLEMS},
    dependencies=[_READ],
)
async def give_feedback(
    analysis_id: AnalysisId, ask: FeedbackRequest, caller: CallerDep, records: RecordsDep, runtime: RuntimeDep
) -> FeedbackView:
    """Say whether an analysis is right. It is kept beside the analysis, and trains nothing by itself."""
    said = await kept_feedback(analysis_id, ask, caller, records, runtime)
    return FeedbackView.model_validate(said, from_attributes=True)


async def kept_feedback(
    analysis_id: str, ask: FeedbackRequest, caller: Caller, records: Records, runtime: Runtime
) -> Feedback:
    """What was said, once it is kept; raises `AnalysisUnknown`, and `RequestInvalid` for a label of another axis."""
    stored = await records.store.get(caller.owner, analysis_id)
    if ask.label is not None and ask.label not in (
        known := labels_of(AnalysisView.model_validate_json(stored.document), runtime)
    ):
        raise RequestInvalid(f"there is no such label: choose one of {', '.join(known)}")
    now = runtime.clock.now()
    said = Feedback(new_id(now), analysis_id, caller.owner, now, ask.verdict, ask.label, ask.comment)
    await records.store.add_feedback(said)
    return said


def labels_of(analysis: AnalysisView, runtime: Runtime) -> tuple[str, ...]:
    """The labels that an analysis can have."""
    framing = analysis.framing
    return runtime.book.axis(framing.axis if framing else runtime.default_axis).axis.labels
