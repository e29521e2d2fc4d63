"""The fair queue: first come first served, and iterations of the event loop between two turns."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

from subtext.analysis.fair_queue import FairQueue

if TYPE_CHECKING:
    from tests.support.iterations import Iterations

TASKS = 32


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


async def test_a_task_of_low_priority_continues_when_no_other_waits() -> None:
    queue, served = FairQueue(), list[str]()

    async def work(name: str, *, low_priority: bool, times: int = 1) -> None:
        for _ in range(times):
            await queue.turn(low_priority=low_priority)
            served.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(work("first", low_priority=False))
        group.create_task(work("low", low_priority=True, times=2))
        group.create_task(work("high", low_priority=False, times=3))

    assert served == ["first", "high", "high", "high", "low", "low"]


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
