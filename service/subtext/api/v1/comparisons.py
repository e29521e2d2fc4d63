"""Comparisons: how several articles tell one story."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal, Self

from fastapi import APIRouter, Request
from pydantic import Field, model_validator

from subtext.analyst.ports import BOTH
from subtext.api.callers import needs
from subtext.api.deps import RuntimeDep
from subtext.api.openapi import INTAKE_PROBLEMS
from subtext.api.presence import while_present
from subtext.api.replays import CostlyRoute
from subtext.api.requests import request_id_of
from subtext.api.v1.answering import AnsweringDep
from subtext.api.v1.asks import TARGET_MAX, Ask, FramingAsk, Line
from subtext.api.v1.comparing import ComparisonView, comparison_of
from subtext.api.v1.views import AnalysisView
from subtext.domain.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from subtext.api.v1.answering import Answering
    from subtext.runtime import Runtime

SOURCES_MAX = 20
AT_ONCE = 4
router = APIRouter(tags=["analyses"], route_class=CostlyRoute, dependencies=[needs("analyse")])


class ComparedSource(Ask):
    """One of the articles: as text, as a page, by address, or an analysis that was made before."""

    text: str | None = Field(None, min_length=1)
    html: str | None = Field(None, min_length=1)
    url: str | None = Field(None, min_length=1, max_length=2048)
    analysis: AnalysisView | None = Field(None, strict=False, description="An analysis, as it was answered.")
    title: Line | None = Field(None, min_length=1, max_length=500)
    outlet: Line | None = Field(
        None, min_length=1, max_length=200, description="Where it appeared; the site's name or host when left out."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(value is not None for value in (self.text, self.html, self.url, self.analysis)) != 1:
            raise ValueError("give the article in exactly one of text, html, url and analysis")
        return self


class ComparisonAsk(Ask):
    """Articles about one story."""

    sources: Annotated[list[ComparedSource], Field(min_length=2, max_length=SOURCES_MAX)]
    target: Line | None = Field(
        None, min_length=1, max_length=TARGET_MAX, description="Whose conduct is framed, the same in every article."
    )
    axis: str | None = Field(None, min_length=1, max_length=100)
    engine: Literal["auto", "llm", "local"] | None = Field(None, description="As in POST /v1/analyses.")


@router.post("/comparisons", responses=INTAKE_PROBLEMS)
async def compare_articles(
    ask: ComparisonAsk, runtime: RuntimeDep, answering: AnsweringDep, request: Request
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
    wanted: FramingAsk | AnalysisView, runtime: Runtime, answering: Answering, room: asyncio.Semaphore
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


def _wanted(source: ComparedSource, ask: ComparisonAsk) -> FramingAsk | AnalysisView:
    if source.analysis is not None:
        return source.analysis
    given = source.model_dump(include={"text", "html", "url", "title"}, exclude_none=True)
    common = ask.model_dump(include={"target", "axis", "engine"}, exclude_none=True)
    return FramingAsk.model_validate({**given, **common})
