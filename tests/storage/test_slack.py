"""What Slack delivers, on each kind of database: kept once, taken by one at a time, taken over from who died."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from subtext.domain.slack import SlackDelivery
from subtext.storage.database import Database
from subtext.storage.slack import SqlInboxRepository, SqlInstallationRepository, SqlOAuthStateRepository

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
def kept(database: Database, clock: Hands) -> SqlInboxRepository:
    return SqlInboxRepository(database, clock)


async def test_a_delivery_is_kept_once_and_comes_back_as_it_was(kept: SqlInboxRepository) -> None:
    assert [await kept.write(SlackDelivery("T1:1", "event", "T1", BODY)) for _ in range(3)] == [True, False, False]
    assert await kept.claim_next(LEASE) == SlackDelivery("T1:1", "event", "T1", BODY, 0)
    assert await kept.claim_next(LEASE) is None


async def test_copies_that_come_at_once_are_one_delivery(kept: SqlInboxRepository) -> None:
    found = await asyncio.gather(
        *(kept.write(SlackDelivery(f"T1:{n % 30}", "event", "T1", {"n": n})) for n in range(300))
    )
    assert found == [True] * 30 + [False] * 270
    taken = [await kept.claim_next(LEASE) for _ in range(31)]
    assert sorted(one.body["n"] for one in taken if one) == list(range(30))  # type: ignore[type-var]


async def test_what_is_done_or_failed_is_taken_no_more(kept: SqlInboxRepository, clock: Hands) -> None:
    for key in ("a", "b"):
        await kept.write(SlackDelivery(key, "event", "T1", {}))
        await kept.claim_next(LEASE)
    await kept.mark_done("a")
    await kept.mark_failed("b")
    clock.pass_by(timedelta(hours=1))
    assert await kept.claim_next(LEASE) is None
    assert not await kept.write(SlackDelivery("a", "event", "T1", {}))


async def test_what_somebody_holds_is_free_for_others_once_the_lease_is_over(
    kept: SqlInboxRepository, clock: Hands
) -> None:
    await kept.write(SlackDelivery("a", "event", "T1", {}))
    await kept.claim_next(LEASE)
    clock.pass_by(LEASE - timedelta(seconds=1))
    await kept.extend("a", LEASE)
    clock.pass_by(timedelta(seconds=2))
    assert await kept.claim_next(LEASE) is None
    clock.pass_by(LEASE)
    assert await kept.claim_next(LEASE) == SlackDelivery("a", "event", "T1", {}, 1)


async def test_what_is_to_be_tried_again_waits_as_long_as_it_is_told(kept: SqlInboxRepository, clock: Hands) -> None:
    await kept.write(SlackDelivery("a", "event", "T1", {}))
    await kept.claim_next(LEASE)
    await kept.reschedule("a", timedelta(seconds=4))
    assert await kept.claim_next(LEASE) is None
    clock.pass_by(timedelta(seconds=4))
    assert (again := await kept.claim_next(LEASE)) is not None
    assert again.tries == 1


async def test_many_workers_take_each_delivery_once(database: Database, clock: Hands) -> None:
    others = [Database(database.url) for _ in range(4)]
    for number in range(40):
        await SqlInboxRepository(database, clock).write(SlackDelivery(f"k{number:02}", "event", "T1", {}))

    async def taken(store: SqlInboxRepository) -> list[str]:
        found = []
        while (one := await store.claim_next(LEASE)) is not None:
            found.append(one.key)
        return found

    shares = await asyncio.gather(*(taken(SqlInboxRepository(other, clock)) for other in others))
    assert sorted(key for share in shares for key in share) == [f"k{number:02}" for number in range(40)]
    for other in others:
        await other.close()


async def test_steps_are_remembered_by_delivery(kept: SqlInboxRepository) -> None:
    await kept.write(SlackDelivery("a", "event", "T1", {}))
    await kept.write(SlackDelivery("b", "event", "T1", {}))
    await kept.save_step("a", "post", "1.0")
    await kept.save_step("a", "post", "2.0")
    assert [await kept.get_step("a", "post"), await kept.get_step("a", "say"), await kept.get_step("b", "post")] == [
        "1.0",
        None,
        None,
    ]


async def test_what_was_settled_a_day_ago_is_forgotten_with_its_steps(kept: SqlInboxRepository, clock: Hands) -> None:
    for key in ("settled", "waiting"):
        await kept.write(SlackDelivery(key, "event", "T1", {}))
    await kept.claim_next(LEASE)
    await kept.save_step("settled", "post", "1.0")
    await kept.mark_done("settled")
    clock.pass_by(timedelta(days=2))
    assert await kept.delete_older_than(clock.now() - timedelta(days=1)) == 1
    assert await kept.get_step("settled", "post") is None
    assert await kept.write(SlackDelivery("settled", "event", "T1", {}))
    assert not await kept.write(SlackDelivery("waiting", "event", "T1", {}))


async def test_an_installation_takes_the_place_of_an_earlier_one(database: Database, clock: Hands) -> None:
    store = SqlInstallationRepository(database, clock)
    for number, user in enumerate(("U1", "U2", "U1")):
        clock.pass_by(timedelta(seconds=1))
        await store.put("E1", "T1", user, bytes([number]))
    assert await store.newest("E1", "T1", None) == b"\2"
    assert await store.newest("E1", "T1", "U2") == b"\1"
    assert await store.newest("", "T1", None) is None
    await store.delete("E1", "T1", "U1")
    assert await store.newest("E1", "T1", None) == b"\1"
    await store.delete("E1", "T1", None)
    assert await store.newest("E1", "T1", None) is None


async def test_a_state_is_good_once_and_for_ten_minutes(database: Database, clock: Hands) -> None:
    store = SqlOAuthStateRepository(database, clock)
    fresh, old = await store.issue(), await store.issue()
    assert [await store.consume(fresh), await store.consume(fresh), await store.consume("made up")] == [
        True,
        False,
        False,
    ]
    clock.pass_by(timedelta(minutes=11))
    assert not await store.consume(old)
