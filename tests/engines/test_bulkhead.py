"""The bulkhead: how many may call at once, how many may wait, and what the others are told."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import chain, repeat

import pytest

from subtext.engines.bulkhead import Bulkhead, BulkheadLimits
from subtext.errors import EngineUnavailable


async def take(bulkhead: Bulkhead) -> None:
    async with bulkhead.slot():
        pass


async def test_who_finds_no_place_in_time_is_told_when_to_come_back() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=1, wait_s=0.01))

    async with bulkhead.slot():
        with pytest.raises(EngineUnavailable) as caught:
            await take(bulkhead)

    assert caught.value.retry_after_s == 2.0


async def test_who_finds_a_full_queue_does_not_wait() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=0, wait_s=3_600.0))

    async with bulkhead.slot():
        with pytest.raises(EngineUnavailable):
            await take(bulkhead)


async def test_who_would_wait_too_long_does_not_wait() -> None:
    times = chain([0.0, 60.0], repeat(100.0))
    bulkhead = Bulkhead(BulkheadLimits(in_flight=2, queue=100, wait_s=8.0), now=lambda: next(times))
    await take(bulkhead)  # one minute: six seconds in the mean

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bulkhead.slot())
        await stack.enter_async_context(bulkhead.slot())
        waiting = [asyncio.create_task(take(bulkhead)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(EngineUnavailable):
            bulkhead.require_capacity()
        for task in waiting:
            assert not task.done()
            task.cancel()


async def test_a_place_that_is_given_back_goes_to_who_waits() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=2, queue=1, wait_s=3_600.0))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bulkhead.slot())
        async with bulkhead.slot():
            waiting = asyncio.create_task(take(bulkhead))
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting


async def test_who_goes_away_leaves_the_queue_and_the_place() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=1, wait_s=3_600.0))
    async with bulkhead.slot():
        waiting = asyncio.create_task(take(bulkhead))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        next_one = asyncio.create_task(take(bulkhead))
        await asyncio.sleep(0)

    await next_one
    await take(bulkhead)


async def test_what_yields_lets_the_others_go_first_but_does_not_wait_for_ever() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=100, wait_s=3_600.0))
    order: list[str] = []

    async def take_as(name: str, *, yields: bool) -> None:
        async with bulkhead.slot(low_priority=yields):
            order.append(name)

    async with bulkhead.slot():
        waiting = [asyncio.create_task(take_as("item", yields=True)) for _ in range(2)]
        waiting += [asyncio.create_task(take_as("request", yields=False)) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert order[:3] == ["request"] * 3
    assert 0 < order.index("item") < 20
    assert bulkhead.in_flight == 0


async def test_what_yields_and_goes_away_takes_no_place_with_it() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=1, wait_s=3_600.0))
    async with bulkhead.slot():
        waiting = asyncio.create_task(take_yielding(bulkhead))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await take_yielding(bulkhead)
    assert bulkhead.in_flight == 0


async def test_whose_turn_it_was_when_giving_up_hands_the_place_on() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=2, wait_s=3_600.0))
    async with bulkhead.slot():
        first, second = (asyncio.create_task(take(bulkhead)) for _ in range(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    first.cancel()
    await second
    assert bulkhead.in_flight == 0


async def take_yielding(bulkhead: Bulkhead) -> None:
    async with bulkhead.slot(low_priority=True):
        pass
