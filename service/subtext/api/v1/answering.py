"""Answering a request for a reading of an article: as one object, or as events on the way to it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import orjson
import structlog
from fastapi import Depends, Request, Response

from subtext.api.auth import spend
from subtext.api.callers import caller_of
from subtext.api.deps import RuntimeDep
from subtext.api.load import load_of
from subtext.api.presence import while_present
from subtext.api.requests import request_id_of
from subtext.api.v1.records import records_of
from subtext.domain.errors import SubtextError
from subtext.schemas.analysis import AnalysisView, CacheView
from subtext.schemas.article import DocumentView
from subtext.schemas.problem import problem_from_error, problem_from_status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from subtext.analyst.analyst import Question
    from subtext.analyst.collecting import Quoted
    from subtext.analyst.keeping import Answer
    from subtext.api.events import Event
    from subtext.domain.article import Article
    from subtext.intake.reader import Reader
    from subtext.runtime import Runtime
    from subtext.schemas.requests import ArticleSource

_log = structlog.get_logger("subtext.http")


class Answering:
    """One request's answer."""

    def __init__(self, request: Request, response: Response, runtime: Runtime) -> None:
        self._request, self._response, self._runtime = request, response, runtime
        self._owner, self._records = caller_of(request).owner, records_of(request)
        self._load, self._request_id = load_of(request), request_id_of(request)

    async def whole(self, ask: ArticleSource, question: Question) -> AnalysisView:
        """The answer as one object; the work for it ends when the client goes away."""
        answer = await while_present(self._request.receive, self._answer(ask, question))
        self._response.headers["X-Cache"] = answer.way
        return await self._view(answer, ask)

    async def view(self, ask: ArticleSource, question: Question) -> AnalysisView:
        """The same object as one part of an answer: whoever makes the whole looks after the client."""
        return await self._view(await self._answer(ask, question), ask)

    async def events(self, ask: ArticleSource, question: Question) -> AsyncGenerator[Event]:
        """The way to the answer: what is certain already, then the result or a problem, then the end."""
        try:
            yield _event("status", stage="reading_article")
            article = await article_of(self._runtime.reader, ask)
            document = DocumentView.of(article, include_text=False).model_dump(mode="json")
            yield _event("partial", document=document)
            yield _event("status", stage="analysing")
            async with aclosing(self._on_the_way(article, ask, question)) as parts:
                async for part in parts:
                    yield part
        except SubtextError as error:
            problem = problem_from_error(error, instance=self._request.scope["path"], request_id=self._request_id)
            if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.warning("failed", code=error.code, detail=error.detail)
            yield "error", problem.model_dump_json()
        except Exception:
            problem = problem_from_status(500, instance=self._request.scope["path"], request_id=self._request_id)
            yield "error", problem.model_dump_json()
            raise
        yield _event("done")

    async def _on_the_way(self, article: Article, ask: ArticleSource, question: Question) -> AsyncGenerator[Event]:
        """What is certain after each part of a long article, then the result."""
        heard: asyncio.Queue[tuple[Quoted, ...] | None] = asyncio.Queue()
        asking = asyncio.create_task(self._asked(article, ask, question, heard.put_nowait))
        asking.add_done_callback(lambda _: heard.put_nowait(None))
        try:
            while (quotes := await heard.get()) is not None:
                yield _event("partial", evidence=[_certain(quoted) for quoted in quotes])
            yield "result", (await self._view(await asking, ask)).model_dump_json()
        finally:
            asking.cancel()

    async def _answer(self, ask: ArticleSource, question: Question) -> Answer:
        return await self._asked(await article_of(self._runtime.reader, ask), ask, question)

    async def _asked(
        self,
        article: Article,
        ask: ArticleSource,
        question: Question,
        heard: Callable[[tuple[Quoted, ...]], None] | None = None,
    ) -> Answer:
        keep = ask.cache == "default" and not _wants_new(self._request)
        async with self._load.place():
            answer = await self._runtime.answer(article, question, owner=self._owner, keep=keep, heard=heard)
        if answer.way == "miss":
            usage = answer.analysis.provenance.usage
            spend(self._request.scope, (usage.input_tokens or 0) + (usage.output_tokens or 0))
        return answer

    async def _view(self, answer: Answer, ask: ArticleSource) -> AnalysisView:
        request_id = request_id_of(self._request)
        view = AnalysisView.of(answer.analysis, request_id=request_id, include_text="text" in ask.include)
        view = view.model_copy(update={"cache": CacheView(hit=answer.way == "hit", age_s=answer.age_s)})
        return view if self._records is None else await self._records.kept(answer, view, self._owner)


async def article_of(reader: Reader, ask: ArticleSource) -> Article:
    """The article, from the one source that is given."""
    if ask.url is not None:
        return await reader.from_url(ask.url, title=ask.title, language=ask.language)
    if ask.html is not None:
        return await reader.from_html(ask.html, title=ask.title, language=ask.language)
    return await reader.from_text(ask.text or "", title=ask.title, language=ask.language)


def _wants_new(request: Request) -> bool:
    """Whether a header asks for what `cache: no-store` asks for (RFC 9111, section 5.2.1)."""
    told = request.headers.get("cache-control", "").lower().split(",")
    return any(directive.strip() in {"no-store", "no-cache"} for directive in told)


async def _answering(request: Request, response: Response, runtime: RuntimeDep) -> Answering:
    return Answering(request, response, runtime)


AnsweringDep = Annotated[Answering, Depends(_answering)]


def _certain(quoted: Quoted) -> dict[str, object]:
    match = quoted.match
    return {"quote": match.quote, "start": match.span.start, "end": match.span.end, "pole": quoted.pole}


def _event(name: str, **data: object) -> Event:
    return name, orjson.dumps(data).decode()
