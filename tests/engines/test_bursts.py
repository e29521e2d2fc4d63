"""Bursts: articles or answers that arrive together are worked on one after the other, and leave in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.fair_queue import FairQueue
from subtext.analysis.request import AnalysisRequest
from subtext.intake.loader import ArticleLoader
from tests.support.engines import article, completion, engine, good_draft, prompts

if TYPE_CHECKING:
    import respx

    from subtext.domain.article import Article
    from tests.support.fakes import FakeClock
    from tests.support.iterations import Iterations

TASKS = 32
# Of such a text intake counts no words: its sentences are split by the preparation alone.
LONG = "The harbour firm begged its creditors for time. " * 200


async def test_analyses_whose_answers_arrive_together_end_one_after_the_other(
    server: respx.Route, clock: FakeClock, iterations: Iterations
) -> None:
    arrived, asked = asyncio.Event(), asyncio.Semaphore(0)
    ends: list[tuple[int, int]] = []
    request = AnalysisRequest(prompts().axis("desperation-domination").axis)

    async def answer(_: httpx.Request) -> httpx.Response:
        asked.release()
        # The first is alone: the SDK prepares its first request in a thread.
        await (arrived.wait() if ends else asyncio.sleep(0))
        return httpx.Response(200, json=completion(good_draft()))

    server.mock(side_effect=answer)
    async with engine(clock) as llm, asyncio.TaskGroup() as group:
        analyzer = Analyzer({"llm": llm}, clock)

        async def analyze(number: int) -> None:
            await analyzer.analyze(article(), request)
            ends.append((iterations.count, number))

        await analyze(-1)
        for number in range(TASKS):
            group.create_task(analyze(number))
        for _ in range(1 + TASKS):
            await asked.acquire()
        arrived.set()

    assert [number for _, number in ends] == list(range(-1, TASKS))
    assert len({iteration for iteration, _ in ends}) == 1 + TASKS


async def test_articles_that_arrive_together_are_asked_about_in_turn_before_any_is_prepared(
    server: respx.Route, clock: FakeClock, iterations: Iterations
) -> None:
    loaded: list[tuple[int, Article]] = []
    prepared: list[int] = []
    may_answer, asked = asyncio.Event(), asyncio.Semaphore(0)
    request, turns = AnalysisRequest(prompts().axis("desperation-domination").axis), FairQueue()

    async def analyze() -> None:
        read = await loader.from_text(LONG)
        loaded.append((iterations.count, read))
        await analyzer.analyze(read, request)

    async def answer(_: httpx.Request) -> httpx.Response:
        prepared.append(sum("sentences" in vars(each.prepared) for _, each in loaded))
        asked.release()
        if len(prepared) <= TASKS // 2:
            group.create_task(analyze())
        await may_answer.wait()
        return httpx.Response(200, json=completion(good_draft()))

    async with engine(clock, turns=turns) as llm, ArticleLoader(turns=turns) as loader:
        analyzer = Analyzer({"llm": llm}, clock, turns=turns)
        # The SDK prepares its first request in a thread.
        server.respond(json=completion(good_draft()))
        await analyzer.analyze(article(), request)
        server.mock(side_effect=answer)
        async with asyncio.TaskGroup() as group:
            for _ in range(TASKS // 2):
                group.create_task(analyze())
            for _ in range(TASKS):
                await asked.acquire()
            may_answer.set()

    assert len({iteration for iteration, _ in loaded}) == TASKS
    assert prepared == [0] * TASKS
