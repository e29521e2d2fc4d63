"""Comparisons: how several articles tell one story."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from subtext.analyst.ports import BOTH
from subtext.api.callers import needs
from subtext.api.deps import RuntimeDep
from subtext.api.openapi import INTAKE_PROBLEMS
from subtext.api.presence import while_present
from subtext.api.replays import CostlyRoute
from subtext.api.requests import request_id_of
from subtext.api.v1.answering import AnsweringDep
from subtext.api.v1.comparing import comparison_of
from subtext.domain.errors import SubtextError
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.comparison import ComparisonView
from subtext.schemas.requests import AnalysisRequestBody, ComparedSource, ComparisonRequest

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from subtext.api.v1.answering import Answering
    from subtext.runtime import Runtime

AT_ONCE = 4
router = APIRouter(tags=["analyses"], route_class=CostlyRoute, dependencies=[needs("analyse")])


@router.post("/comparisons", responses=INTAKE_PROBLEMS)
async def compare_articles(
    ask: ComparisonRequest, runtime: RuntimeDep, answering: AnsweringDep, request: Request
) -> ComparisonView:
    """Several articles about one story on one axis: author and quoted voices apart, strongest quotes side by side.

    A source that cannot be read is named in `failures`, and the others are compared.
    """
    room = asyncio.Semaphore(AT_ONCE)
    reading = [read_source(_wanted(source, ask), runtime, answering, room) for source in ask.sources]
    found = await while_present(request.receive, read_all(reading))
    outlets = [source.outlet for source in ask.sources]
    return comparison_of(list(zip(found, outlets, strict=True)), request_id_of(request))


async def read_source(
    wanted: AnalysisRequestBody | AnalysisView, runtime: Runtime, answering: Answering, room: asyncio.Semaphore
) -> AnalysisView | SubtextError:
    """An analysis of one source, or why there is none."""
    if isinstance(wanted, AnalysisView):
        return wanted
    async with room:
        try:
            question = runtime.question(axis=wanted.axis, target=wanted.target, engine=wanted.engine, parts=BOTH)
            return await answering.view(wanted, question)
        except SubtextError as error:
            return error


async def read_all(
    reading: Sequence[Coroutine[None, None, AnalysisView | SubtextError]],
) -> list[AnalysisView | SubtextError]:
    """What came of every source, in order."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(source) for source in reading]
    return [task.result() for task in tasks]


def _wanted(source: ComparedSource, ask: ComparisonRequest) -> AnalysisRequestBody | AnalysisView:
    if source.analysis is not None:
        return source.analysis
    given = source.model_dump(include={"text", "html", "url", "title"}, exclude_none=True)
    common = ask.model_dump(include={"target", "axis", "engine"}, exclude_none=True)
    return AnalysisRequestBody.model_validate({**given, **common})
