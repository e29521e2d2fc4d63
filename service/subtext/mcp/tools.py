"""Tools: analyze an article, compare articles, verify an analysis; their results are the objects of API version 1.

A failure is a result too, with the problem that the API would answer with: an assistant reads what happened and what
to do. What the caller cancels, or what takes longer than `SUBTEXT_DEADLINE_S`, ends as in the API.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, TextContent
from pydantic import Field

from subtext.errors import SubtextError
from subtext.http.problems import count_problem, report_error
from subtext.ids import new_request_id
from subtext.logs import log_failure
from subtext.mcp.reports import describe_analysis, describe_comparison, describe_progress, describe_verification
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.base import RequestModel, View
from subtext.schemas.comparison import ComparisonView
from subtext.schemas.problem import problem_from_status
from subtext.schemas.requests import (
    SOURCES_MAX,
    ComparisonRequest,
    VerifyRequest,
    build_analysis_request,
    parse_fields,
)
from subtext.schemas.verification import VerificationView
from subtext.services.comparisons import analyze_all, compare, parse_source
from subtext.services.verification import require_text, verify_claims

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.mcp.callers import GetCaller
    from subtext.schemas.problem import Problem
    from subtext.services.analyses import AnalysisService, RequestContext

ViewT = TypeVar("ViewT", bound=View)
PATH = "/mcp"

Text = Annotated[str | None, Field(description="The article as plain text; give exactly one of text, html and url.")]
Html = Annotated[str | None, Field(description="An HTML page; the article is extracted from it.")]
Url = Annotated[str | None, Field(description="A public URL to fetch the page from.")]
Title = Annotated[str | None, Field(description="The headline, if the text does not begin with it.")]
Target = Annotated[str | None, Field(description="Whose conduct is framed; inferred if omitted.")]
AxisRef = Annotated[str | None, Field(description="Axis as id or id@version: see the resource subtext://axes.")]
Language = Annotated[str | None, Field(description="BCP 47 tag, such as en; detected if omitted.")]
EngineName = Annotated[
    Literal["auto", "llm", "local"] | None,
    Field(description="llm: the configured model; local: the embedded engine, English only; auto: the model, if any."),
]
IncludeText = Annotated[bool, Field(description="Include the analyzed text, so that the analysis can be verified.")]


class ArticleInput(RequestModel):
    """Article to compare, given in exactly one of text, html and url."""

    text: Text = None
    html: Html = None
    url: Url = None
    title: Title = None
    outlet: str | None = Field(None, description="Where it was published; the site's name or host if omitted.")


class AnalysisTools:
    """Run the use cases of the API for an assistant."""

    def __init__(self, analyses: AnalysisService, get_caller: GetCaller) -> None:
        self._analyses, self._get_caller = analyses, get_caller

    async def analyze_article(
        self,
        context: Context[Any, Any],
        text: Text = None,
        html: Html = None,
        url: Url = None,
        title: Title = None,
        target: Target = None,
        axis: AxisRef = None,
        language: Language = None,
        engine: EngineName = None,
        include_text: IncludeText = False,  # noqa: FBT002 - an argument of a tool has a name
    ) -> Annotated[CallToolResult, AnalysisView]:
        """Analyze an article: a summary in which every sentence is checked, and how the article frames its target.

        Every quote in `evidence` is verbatim, at the offsets given.
        """
        article = {"text": text, "html": html, "url": url, "title": title, "language": language}
        options = {"target": target, "axis": axis, "engine": engine, "include": ["text"] if include_text else []}

        async def analyze(caller: RequestContext) -> AnalysisView:
            body = build_analysis_request(**article, **options)
            stream = self._analyses.stream(body, self._analyses.parse_request(body), caller)
            async with aclosing(stream) as events:
                step = 0
                async for name, data in events:
                    if name == "result":
                        return AnalysisView.model_validate_json(data)
                    step += 1
                    await context.report_progress(step, message=describe_progress(name, data))
            raise SubtextError("the analysis ended without a result: ask again")

        return await self._answer(context, analyze, describe_analysis)

    async def compare_articles(
        self,
        context: Context[Any, Any],
        articles: Annotated[
            list[ArticleInput],
            Field(min_length=2, max_length=SOURCES_MAX, description="The articles: one that fails is named."),
        ],
        target: Target = None,
        axis: AxisRef = None,
        engine: EngineName = None,
    ) -> Annotated[CallToolResult, ComparisonView]:
        """Compare articles about one story on one axis: scores, author and quoted voices apart, strongest quotes."""
        sources = [article.model_dump(exclude_none=True) for article in articles]

        async def compare_all(caller: RequestContext) -> ComparisonView:
            fields = {"sources": sources, "target": target, "axis": axis, "engine": engine}
            body = parse_fields(ComparisonRequest, fields)
            requests = [parse_source(source, body) for source in body.sources]
            results = await analyze_all(self._analyses, requests, caller)
            outlets = [source.outlet for source in body.sources]
            return compare(list(zip(results, outlets, strict=True)), caller.request_id or "")

        return await self._answer(context, compare_all, describe_comparison)

    async def verify_analysis(
        self,
        context: Context[Any, Any],
        analysis: Annotated[dict[str, Any], Field(description="An analysis, as analyze_article returned it.")],
        text: Annotated[str | None, Field(description="The text as analyzed, unless the analysis has it.")] = None,
    ) -> Annotated[CallToolResult, VerificationView]:
        """Check every claim of an analysis against its text again, without a model, and list what does not hold."""

        async def verify(_: RequestContext) -> VerificationView:
            body = parse_fields(VerifyRequest, {"analysis": analysis, "text": text})
            framing = body.analysis.framing
            axis = None if framing is None else self._analyses.prompts.axis(framing.axis).axis
            full_text = require_text(body.analysis, body.text)
            return await asyncio.to_thread(verify_claims, body.analysis, full_text, axis)

        return await self._answer(context, verify, describe_verification)

    async def refuse(self, context: Context[Any, Any], error: SubtextError) -> CallToolResult:
        """Return the problem of a call that cannot be made, or the one that its caller may not call at all."""

        async def fail(_: RequestContext) -> View:
            raise error

        return await self._answer(context, fail, str)

    async def _answer(
        self,
        context: Context[Any, Any],
        work: Callable[[RequestContext], Awaitable[ViewT]],
        describe: Callable[[ViewT], str],
    ) -> CallToolResult:
        """Return the view and a description of it, or the problem that the API would answer with."""
        request_id = new_request_id()
        try:
            caller = self._get_caller(context)
            request_id = caller.request_id or request_id
            view = await work(caller)
        except SubtextError as error:
            problem = report_error(error, instance=PATH, request_id=request_id)
        except Exception as error:  # noqa: BLE001 - the process edge: the SDK would log the message, which may repeat the article
            log_failure("failed", error)
            problem = count_problem(problem_from_status(500, instance=PATH, request_id=request_id))
        else:
            content = [TextContent(type="text", text=describe(view))]
            return CallToolResult(content=content, structured_content=view.model_dump(mode="json"))
        return _to_failure(problem)


def _to_failure(problem: Problem) -> CallToolResult:
    message = f"{problem.detail} ({problem.code}, request {problem.request_id})"
    content = [TextContent(type="text", text=message)]
    return CallToolResult(content=content, structured_content=problem.model_dump(mode="json"), is_error=True)
