"""The fair queue: first come first served, and iterations of the event loop between two turns."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.request import AnalysisRequest
from subtext.engines.fair_queue import FairQueue
from tests.support.engines import article, completion, engine, good_draft, prompts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import respx

    from tests.support.fakes import FakeClock

TASKS = 32


class Iterations:
    """Count the iterations of the running event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self.count += 1
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def stop(self) -> None:
        self._handle.cancel()


@pytest.fixture
async def iterations() -> AsyncIterator[Iterations]:
    counter = Iterations()
    yield counter
    counter.stop()


async def test_answers_that_arrive_together_take_turns_in_order(iterations: Iterations) -> None:
    queue, arrived = FairQueue(), asyncio.Event()
    turns: list[tuple[int, int]] = []

    async def work(number: int) -> None:
        await arrived.wait()
        await queue.turn()
        turns.append((iterations.count, number))

    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            group.create_task(work(number))
        await asyncio.sleep(0)
        arrived.set()

    assert [number for _, number in turns] == list(range(TASKS))
    starts = [iteration for iteration, _ in turns]
    # What a turn has finished needs further iterations to leave, and gets them before the next turn.
    assert all(later - earlier > 1 for earlier, later in pairwise(starts))


async def test_a_lone_task_waits_for_nobody(iterations: Iterations) -> None:
    before = iterations.count
    await FairQueue().turn()

    assert iterations.count == before


async def test_a_task_that_gives_up_holds_up_nobody() -> None:
    queue, served = FairQueue(), list[int]()

    async def work(number: int) -> None:
        await queue.turn()
        served.append(number)

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    asyncio.get_running_loop().call_soon(tasks[1].cancel)
    await asyncio.wait(tasks)
    await asyncio.sleep(0)
    await work(4)

    assert served == [0, 2, 3, 4]


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
