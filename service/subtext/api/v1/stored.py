"""Analyses that were answered before: found, listed, forgotten, and what readers say of them."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from subtext.analyst.identity import new_id
from subtext.analyst.storing import Feedback, Wanted
from subtext.api.callers import Caller, CallerDep, needs
from subtext.api.cursors import PageAsk, page_of
from subtext.api.deps import RuntimeDep
from subtext.api.openapi import READ_PROBLEMS, REQUEST_PROBLEMS
from subtext.api.requests import StrictRoute
from subtext.api.v1.asks import Ask, Line
from subtext.api.v1.records import PATH, Records, RecordsDep
from subtext.api.v1.views import AnalysisView
from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from subtext.analyst.storing import StoredAnalysis
    from subtext.runtime import Runtime

router = APIRouter(tags=["analyses"], route_class=StrictRoute)
_READ = needs("read")
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As the ETag in If-None-Match says."}}
AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="As in `id` of an analysis.")]
Name = Annotated[str | None, Field(min_length=1, max_length=300)]


class ListedView(BaseModel):
    """A kept analysis in a list: enough to choose by; `self` gives it whole."""

    id: str
    created_at: datetime
    status: str
    engine: str = Field(description="llm or local.")
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None = Field(description="The site's name or host; null where the article was sent as text.")
    title: str | None
    url: str | None
    sha256: str = Field(description="Hex digest of the analysed text.")
    self: str

    @classmethod
    def of(cls, stored: StoredAnalysis) -> Self:
        """The entry of a kept analysis."""
        shown = {name: getattr(stored, name) for name in cls.model_fields if name != "self"}
        return cls(**shown, self=f"{PATH}/{stored.id}")


class AnalysesView(BaseModel):
    """One page of analyses, the newest first."""

    analyses: list[ListedView]
    next_cursor: str | None = Field(description="Hand it back for the next page; null on the last one.")


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


class FeedbackAsk(Ask):
    """What a reader says of an analysis."""

    verdict: Literal["right", "wrong"]
    label: str | None = Field(None, max_length=40, description="The right label, where the verdict is wrong.")
    comment: Line | None = Field(None, min_length=1, max_length=2_000)

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.verdict == "right" and self.label is not None:
            raise ValueError("a label is right as it is: leave out `label`, or say that the verdict is wrong")
        return self


class FeedbackView(BaseModel):
    """What was said, as it is kept."""

    id: str
    analysis_id: str
    created_at: datetime
    verdict: str
    label: str | None
    comment: str | None


@router.get("/analyses", responses=READ_PROBLEMS, dependencies=[_READ])
async def list_analyses(
    asked: Annotated[Listing, Query()], caller: CallerDep, records: RecordsDep, response: Response
) -> AnalysesView:
    """The caller's analyses that fit every filter, the newest first; what is added meanwhile moves no page."""
    found = await records.store.listed(caller.owner, asked.wanted, before=asked.before, limit=asked.limit + 1)
    page, following = page_of(found, asked, PATH, response)
    return AnalysesView(analyses=[ListedView.of(stored) for stored in page], next_cursor=following)


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
    analysis_id: AnalysisId, ask: FeedbackAsk, caller: CallerDep, records: RecordsDep, runtime: RuntimeDep
) -> FeedbackView:
    """Say whether an analysis is right. It is kept beside the analysis, and trains nothing by itself."""
    said = await kept_feedback(analysis_id, ask, caller, records, runtime)
    return FeedbackView.model_validate(said, from_attributes=True)


async def kept_feedback(
    analysis_id: str, ask: FeedbackAsk, caller: Caller, records: Records, runtime: Runtime
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
