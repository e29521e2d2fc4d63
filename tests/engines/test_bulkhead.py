"""The bulkhead: how many may call at once, how many may wait, and what the others are told."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from subtext.domain.errors import EngineUnavailable
from subtext.engines.bulkhead import Bulkhead, BulkheadLimits


async def take(bulkhead: Bulkhead) -> None:
    async with bulkhead.place():
        pass


async def test_who_finds_no_place_in_time_is_told_when_to_come_back() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=1, wait_s=0.01))

    async with bulkhead.place():
        with pytest.raises(EngineUnavailable) as caught:
            await take(bulkhead)

    assert caught.value.retry_after_s == 2.0


async def test_who_finds_a_full_queue_does_not_wait() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=0, wait_s=3_600.0))

    async with bulkhead.place():
        with pytest.raises(EngineUnavailable):
            await take(bulkhead)


async def test_a_place_that_is_given_back_goes_to_who_waits() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=2, queue=1, wait_s=3_600.0))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bulkhead.place())
        async with bulkhead.place():
            waiting = asyncio.create_task(take(bulkhead))
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting


async def test_who_goes_away_leaves_the_queue_and_the_place() -> None:
    bulkhead = Bulkhead(BulkheadLimits(in_flight=1, queue=1, wait_s=3_600.0))
    async with bulkhead.place():
        waiting = asyncio.create_task(take(bulkhead))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        next_one = asyncio.create_task(take(bulkhead))
        await asyncio.sleep(0)

    await next_one
    await take(bulkhead)
