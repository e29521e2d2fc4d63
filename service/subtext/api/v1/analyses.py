"""Analyses, summaries, stances and their verification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from subtext.analyst.ports import BOTH
from subtext.api.deps import RequestId, RuntimeDep
from subtext.api.openapi import INTAKE_PROBLEMS, REQUEST_PROBLEMS
from subtext.api.requests import StrictRoute
from subtext.api.v1.asks import FramingAsk, SourceAsk, SummaryAsk, VerifyAsk
from subtext.api.v1.verification import VerificationView, text_of, verify_view
from subtext.api.v1.views import AnalysisView

if TYPE_CHECKING:
    from subtext.analyst.analyst import Question
    from subtext.domain.article import Article
    from subtext.runtime import Runtime

router = APIRouter(tags=["analyses"], route_class=StrictRoute)


@router.post("/analyses", responses=INTAKE_PROBLEMS)
async def analyze_article(ask: FramingAsk, runtime: RuntimeDep, request_id: RequestId) -> AnalysisView:
    """Summary and framing of an article, in one reading."""
    question = runtime.question(axis=ask.axis, target=ask.target, engine=ask.engine, parts=BOTH)
    return await _answer(runtime, ask, question, request_id)


@router.post("/summaries", responses=INTAKE_PROBLEMS)
async def summarize_article(ask: SummaryAsk, runtime: RuntimeDep, request_id: RequestId) -> AnalysisView:
    """The summary alone: the same object, without framing."""
    question = runtime.question(engine=ask.engine, parts=frozenset({"summary"}))
    return await _answer(runtime, ask, question, request_id)


@router.post("/stances", responses=INTAKE_PROBLEMS)
async def assess_stance(ask: FramingAsk, runtime: RuntimeDep, request_id: RequestId) -> AnalysisView:
    """The framing alone: the same object, without a summary."""
    question = runtime.question(axis=ask.axis, target=ask.target, engine=ask.engine, parts=frozenset({"framing"}))
    return await _answer(runtime, ask, question, request_id)


@router.post("/verify", responses=REQUEST_PROBLEMS)
def verify_analysis(ask: VerifyAsk, runtime: RuntimeDep) -> VerificationView:
    """Every claim of a stored analysis checked against its text again, without a model."""
    # Not async: it is work alone, and runs in a thread beside the requests that wait.
    framing = ask.analysis.framing
    axis = None if framing is None else runtime.book.axis(framing.axis).axis
    return verify_view(ask.analysis, text_of(ask.analysis, ask.text), axis)


async def _answer(runtime: Runtime, ask: SourceAsk, question: Question, request_id: str) -> AnalysisView:
    article = await _article(runtime, ask)
    analysis = await runtime.analyst.analyse(article, question)
    return AnalysisView.of(analysis, request_id=request_id, include_text="text" in ask.include)


async def _article(runtime: Runtime, ask: SourceAsk) -> Article:
    """The article, from the one source that is given."""
    reader = runtime.reader
    if ask.url is not None:
        return await reader.from_url(ask.url, title=ask.title, language=ask.language)
    if ask.html is not None:
        return await reader.from_html(ask.html, title=ask.title, language=ask.language)
    return await reader.from_text(ask.text or "", title=ask.title, language=ask.language)
