"""What Slack delivers, on each kind of database: kept once, taken by one at a time, taken over from who died."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.storage.database import Database
from subtext.storage.slack import SqlDeliveries, SqlInstallations, SqlStates

if TYPE_CHECKING:
    from collections.abc import Iterator

LEASE = timedelta(seconds=30)
BODY: dict[str, object] = {"text": "“b” 😀", "nested": {"a": [1, None]}}


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def pass_by(self, time: timedelta) -> None:
        self.at += time


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def kept(database: Database, clock: Hands) -> Iterator[SqlDeliveries]:
    return SqlDeliveries(database, clock)


async def test_a_delivery_is_kept_once_and_comes_back_as_it_was(kept: SqlDeliveries) -> None:
    assert [await kept.put("T1:1", "event", "T1", BODY) for _ in range(3)] == [True, False, False]
    assert await kept.take(LEASE) == ("T1:1", "event", "T1", BODY, 0)
    assert await kept.take(LEASE) is None


async def test_copies_that_come_at_once_are_one_delivery(kept: SqlDeliveries) -> None:
    found = await asyncio.gather(*(kept.put(f"T1:{n % 30}", "event", "T1", {"n": n}) for n in range(300)))
    assert found == [True] * 30 + [False] * 270
    taken = [await kept.take(LEASE) for _ in range(31)]
    assert sorted(one[3]["n"] for one in taken if one) == list(range(30))  # type: ignore[type-var]


async def test_what_is_done_or_failed_is_taken_no_more(kept: SqlDeliveries, clock: Hands) -> None:
    for key in ("a", "b"):
        await kept.put(key, "event", "T1", {})
        await kept.take(LEASE)
    await kept.done("a")
    await kept.failed("b")
    clock.pass_by(timedelta(hours=1))
    assert await kept.take(LEASE) is None
    assert not await kept.put("a", "event", "T1", {})


async def test_what_somebody_holds_is_free_for_others_once_the_lease_is_over(kept: SqlDeliveries, clock: Hands) -> None:
    await kept.put("a", "event", "T1", {})
    await kept.take(LEASE)
    clock.pass_by(LEASE - timedelta(seconds=1))
    await kept.hold("a", LEASE)
    clock.pass_by(timedelta(seconds=2))
    assert await kept.take(LEASE) is None
    clock.pass_by(LEASE)
    assert await kept.take(LEASE) == ("a", "event", "T1", {}, 1)


async def test_what_is_to_be_tried_again_waits_as_long_as_it_is_told(kept: SqlDeliveries, clock: Hands) -> None:
    await kept.put("a", "event", "T1", {})
    await kept.take(LEASE)
    await kept.again("a", timedelta(seconds=4))
    assert await kept.take(LEASE) is None
    clock.pass_by(timedelta(seconds=4))
    assert (await kept.take(LEASE) or ())[4] == 1


async def test_many_workers_take_each_delivery_once(database: Database, clock: Hands) -> None:
    others = [Database(database.url) for _ in range(4)]
    for number in range(40):
        await SqlDeliveries(database, clock).put(f"k{number:02}", "event", "T1", {})

    async def taken(store: SqlDeliveries) -> list[str]:
        found = []
        while (one := await store.take(LEASE)) is not None:
            found.append(one[0])
        return found

    shares = await asyncio.gather(*(taken(SqlDeliveries(other, clock)) for other in others))
    assert sorted(key for share in shares for key in share) == [f"k{number:02}" for number in range(40)]
    for other in others:
        await other.close()


async def test_steps_are_remembered_by_delivery(kept: SqlDeliveries) -> None:
    await kept.put("a", "event", "T1", {})
    await kept.put("b", "event", "T1", {})
    await kept.keep_step("a", "post", "1.0")
    await kept.keep_step("a", "post", "2.0")
    assert [await kept.step("a", "post"), await kept.step("a", "say"), await kept.step("b", "post")] == [
        "1.0",
        None,
        None,
    ]


async def test_what_was_settled_a_day_ago_is_forgotten_with_its_steps(kept: SqlDeliveries, clock: Hands) -> None:
    for key in ("settled", "waiting"):
        await kept.put(key, "event", "T1", {})
    await kept.take(LEASE)
    await kept.keep_step("settled", "post", "1.0")
    await kept.done("settled")
    clock.pass_by(timedelta(days=2))
    await kept.forget_old()
    assert await kept.step("settled", "post") is None
    assert await kept.put("settled", "event", "T1", {})
    assert not await kept.put("waiting", "event", "T1", {})


async def test_an_installation_takes_the_place_of_an_earlier_one(database: Database, clock: Hands) -> None:
    store = SqlInstallations(database, clock)
    for number, user in enumerate(("U1", "U2", "U1")):
        clock.pass_by(timedelta(seconds=1))
        await store.put("E1", "T1", user, bytes([number]))
    assert await store.newest("E1", "T1", None) == b"\2"
    assert await store.newest("E1", "T1", "U2") == b"\1"
    assert await store.newest("", "T1", None) is None
    await store.drop("E1", "T1", "U1")
    assert await store.newest("E1", "T1", None) == b"\1"
    await store.drop("E1", "T1", None)
    assert await store.newest("E1", "T1", None) is None


async def test_a_state_is_good_once_and_for_ten_minutes(database: Database, clock: Hands) -> None:
    store = SqlStates(database, clock)
    fresh, old = await store.issue(), await store.issue()
    assert [await store.consume(fresh), await store.consume(fresh), await store.consume("made up")] == [
        True,
        False,
        False,
    ]
    clock.pass_by(timedelta(minutes=11))
    assert not await store.consume(old)
