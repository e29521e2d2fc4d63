"""Requests that are known again, on each kind of database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from subtext.storage.database import Database
from subtext.storage.idempotency import Claimed, IdempotencyKey, InProgress, SqlIdempotencyRepository, StoredResponse
from tests.support.busy_database import BusyDatabase
from tests.support.fakes import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KEY = IdempotencyKey("mine", "POST /v1/analyses", "k")
LEASE = timedelta(seconds=30)
PRINT = "f" * 64
ANSWER = StoredResponse(PRINT, 200, {"content-type": "application/json"}, b'{"a": "\xe2\x80\x9c"}')


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def kept(database: Database, clock: FakeClock) -> SqlIdempotencyRepository:
    return SqlIdempotencyRepository(database, clock)


async def test_one_answers_and_the_others_get_that_answer(kept: SqlIdempotencyRepository) -> None:
    assert await kept.claim(KEY, "a", PRINT, LEASE) == Claimed(START)
    assert await kept.claim(KEY, "b", PRINT, LEASE) == InProgress(PRINT, LEASE)
    await kept.complete(KEY, "a", ANSWER)
    assert await kept.claim(KEY, "b", "other", LEASE) == ANSWER


@pytest.mark.parametrize(
    "other", [replace(KEY, owner="theirs"), replace(KEY, route="POST /v1/stances"), replace(KEY, key="K")]
)
async def test_what_is_known_by_another_key_is_another_request(
    kept: SqlIdempotencyRepository, other: IdempotencyKey
) -> None:
    await kept.claim(KEY, "a", PRINT, LEASE)
    assert isinstance(await kept.claim(other, "b", PRINT, LEASE), Claimed)


async def test_what_came_to_nothing_is_free_again(kept: SqlIdempotencyRepository) -> None:
    await kept.claim(KEY, "a", PRINT, LEASE)
    await kept.release(KEY, "a")
    assert isinstance(await kept.claim(KEY, "b", PRINT, LEASE), Claimed)


async def test_who_died_is_taken_over_from_and_answers_no_more(
    kept: SqlIdempotencyRepository, clock: FakeClock
) -> None:
    await kept.claim(KEY, "a", PRINT, LEASE)
    await clock.sleep(20)
    await kept.extend(KEY, "a", LEASE)
    await clock.sleep(20)
    assert await kept.claim(KEY, "b", PRINT, LEASE) == InProgress(PRINT, timedelta(seconds=10))
    await clock.sleep(20)
    # The moment of the first claim, which ids are derived from.
    assert await kept.claim(KEY, "b", PRINT, LEASE) == Claimed(START)
    await kept.complete(KEY, "a", ANSWER)
    await kept.release(KEY, "a")
    assert await kept.claim(KEY, "c", PRINT, LEASE) == InProgress(PRINT, LEASE)


async def test_of_many_at_once_one_is_let_in(database: Database, clock: FakeClock) -> None:
    others = [Database(database.url) for _ in range(8)]
    stores = [SqlIdempotencyRepository(other, clock) for other in others]
    found = await asyncio.gather(*(store.claim(KEY, str(n), PRINT, LEASE) for n, store in enumerate(stores)))
    assert sum(isinstance(state, Claimed) for state in found) == 1
    await clock.sleep(60)
    found = await asyncio.gather(*(store.claim(KEY, f"x{n}", PRINT, LEASE) for n, store in enumerate(stores)))
    assert sum(isinstance(state, Claimed) for state in found) == 1
    for other in others:
        await other.close()


async def claim_while(clock: FakeClock, database: Database, *others: Callable[[], Awaitable[object]]) -> object:
    busy = BusyDatabase(database.url, *others)
    state = await SqlIdempotencyRepository(busy, clock).claim(KEY, "b", PRINT, LEASE)
    await busy.close()
    return state


# On SQLite no other process can write between the two.
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_a_claim_that_is_released_at_this_moment_leaves_the_request_to_the_next(
    kept: SqlIdempotencyRepository, database: Database, clock: FakeClock
) -> None:
    comes, fails = partial(kept.claim, KEY, "a", PRINT, LEASE), partial(kept.release, KEY, "a")
    assert await claim_while(clock, database, comes, fails) == Claimed(START)


async def test_who_is_too_late_to_take_over_hears_of_who_was_faster(
    kept: SqlIdempotencyRepository, database: Database, clock: FakeClock
) -> None:
    await kept.claim(KEY, "dead", PRINT, LEASE)
    await clock.sleep(30)
    faster = partial(kept.claim, KEY, "a", PRINT, LEASE)
    assert await claim_while(clock, database, faster) == InProgress(PRINT, LEASE)


async def test_who_renews_late_is_not_taken_over_from(
    kept: SqlIdempotencyRepository, database: Database, clock: FakeClock
) -> None:
    await kept.claim(KEY, "a", PRINT, LEASE)
    await clock.sleep(30)
    renews = partial(kept.extend, KEY, "a", LEASE)
    assert await claim_while(clock, database, renews) == InProgress(PRINT, LEASE)


async def test_what_is_old_is_forgotten(kept: SqlIdempotencyRepository, clock: FakeClock) -> None:
    await kept.claim(KEY, "a", PRINT, LEASE)
    await kept.complete(KEY, "a", ANSWER)
    await clock.sleep(100)
    await kept.claim(replace(KEY, key="young"), "a", PRINT, LEASE)
    assert await kept.delete_older_than(clock.now() - timedelta(seconds=50)) == 1
    assert isinstance(await kept.claim(KEY, "b", PRINT, LEASE), Claimed)
