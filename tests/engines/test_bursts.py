"""Bursts: answers that arrive together are proven one after the other, and leave in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from tests.support.engines import article, completion, engine, good_draft, prompts

if TYPE_CHECKING:
    import respx

    from tests.support.fakes import FakeClock
    from tests.support.iterations import Iterations

TASKS = 32


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
