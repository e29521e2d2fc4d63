"""Analyses, summaries, stances and their verification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from subtext.analyst.ports import BOTH
from subtext.api.callers import needs
from subtext.api.deps import RuntimeDep
from subtext.api.events import EventStream, wants_events
from subtext.api.openapi import EVENTS, INTAKE_PROBLEMS, REQUEST_PROBLEMS
from subtext.api.replays import CostlyRoute
from subtext.api.v1.answering import AnsweringDep
from subtext.api.v1.verification import text_of, verify_view
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import AnalysisRequestBody, SummaryRequest, VerifyRequest
from subtext.schemas.verification import VerificationView

if TYPE_CHECKING:
    from subtext.analyst.analyst import Question
    from subtext.analyst.ports import Part
    from subtext.runtime import Runtime

router = APIRouter(tags=["analyses"], route_class=CostlyRoute, dependencies=[needs("analyse")])


@router.post("/analyses", response_model=AnalysisView, responses={**INTAKE_PROBLEMS, **EVENTS})
async def analyze_article(
    ask: AnalysisRequestBody, runtime: RuntimeDep, answering: AnsweringDep, request: Request
) -> AnalysisView | Response:
    """Summary and framing of an article, in one reading.

    With `Accept: text/event-stream` as events: `status`, `partial` (what is certain already), then `result` (the
    object) or `error` (a problem), and `done`.
    """
    question = _question(runtime, ask, BOTH)
    if wants_events(request):
        return EventStream(answering.events(ask, question))
    return await answering.whole(ask, question)


@router.post("/summaries", responses=INTAKE_PROBLEMS)
async def summarize_article(ask: SummaryRequest, runtime: RuntimeDep, answering: AnsweringDep) -> AnalysisView:
    """The summary alone: the same object, without framing."""
    question = runtime.question(engine=ask.engine, parts=frozenset({"summary"}), fallback=ask.fallback)
    return await answering.whole(ask, question)


@router.post("/stances", responses=INTAKE_PROBLEMS)
async def assess_stance(ask: AnalysisRequestBody, runtime: RuntimeDep, answering: AnsweringDep) -> AnalysisView:
    """The framing alone: the same object, without a summary."""
    return await answering.whole(ask, _question(runtime, ask, frozenset({"framing"})))


@router.post("/verify", responses=REQUEST_PROBLEMS)
def verify_analysis(ask: VerifyRequest, runtime: RuntimeDep) -> VerificationView:
    """Every claim of a stored analysis checked against its text again, without a model."""
    # Not async: it is work alone, and runs in a thread beside the requests that wait.
    framing = ask.analysis.framing
    axis = None if framing is None else runtime.book.axis(framing.axis).axis
    return verify_view(ask.analysis, text_of(ask.analysis, ask.text), axis)


def _question(runtime: Runtime, ask: AnalysisRequestBody, parts: frozenset[Part]) -> Question:
    return runtime.question(
        axis=ask.axis,
        target=ask.target,
        engine=ask.engine,
        parts=parts,
        fallback=ask.fallback,
        samples=ask.samples,
    )
