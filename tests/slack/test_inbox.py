"""The inbox at work: every delivery has its effect once, past failures and past workers that died."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext.clock import SystemClock
from subtext.domain.slack import SlackDelivery
from subtext.errors import StorageUnavailable
from subtext.slack.inbox import InboxLimits, InboxWorker
from subtext.storage.database import open_database
from subtext.storage.slack import SqlInboxRepository
from tests.support.fakes import FakeClock
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta
    from pathlib import Path

    from subtext.slack.replies import RunOnce
    from subtext.storage.database import Database

QUICK = InboxLimits(parallel=3, tries=3, lease_s=600.0, pause_s=0.001, poll_s=0.01)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as found:
        yield found


def delivery(number: int) -> SlackDelivery:
    return SlackDelivery(f"T1:{number}", "event", "T1", {"n": number})


class Effects:
    """What was done, and until how many it is waited for; the first tries may fail."""

    def __init__(self, expected: int, *, failing: int = 0) -> None:
        self.done: list[object] = []
        self.posted: list[object] = []
        self.tries = 0
        self.is_all, self.is_given_up = asyncio.Event(), asyncio.Event()
        self._expected, self._failing = expected, failing

    async def __call__(self, found: SlackDelivery, once: RunOnce) -> None:
        await once("post", lambda: self._post(found))
        self.tries += 1
        if self.tries == QUICK.tries:
            self.is_given_up.set()
        if self.tries <= self._failing:
            raise ConnectionError("Slack is away")
        self.done.append(found.body["n"])
        if len(self.done) == self._expected:
            self.is_all.set()

    async def _post(self, found: SlackDelivery) -> str:
        self.posted.append(found.body["n"])
        return "1.0"


@asynccontextmanager
async def at_work(worker: InboxWorker) -> AsyncIterator[None]:
    working = asyncio.create_task(worker.work())
    yield
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_each_delivery_has_its_effect_once_whatever_copies_come(database: Database) -> None:
    effects = Effects(20)
    worker = InboxWorker(SqlInboxRepository(database, SystemClock()), effects, QUICK)
    async with at_work(worker):
        fresh = [await worker.write(delivery(number % 20)) for number in range(60)]
        await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
    assert fresh == [True] * 20 + [False] * 40
    assert sorted(effects.done) == list(range(20))  # type: ignore[type-var]


async def test_what_fails_is_tried_again_and_its_first_step_is_not_repeated(database: Database) -> None:
    effects = Effects(1, failing=2)
    worker = InboxWorker(SqlInboxRepository(database, SystemClock()), effects, QUICK)
    with capture_logs() as logged:
        async with at_work(worker):
            await worker.write(delivery(7))
            await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
    failures = [entry for entry in logged if entry["event"] == "slack_delivery_failed"]
    assert (effects.tries, effects.done, effects.posted) == (3, [7], [7])
    assert [(entry["tries"], type(entry["exc_info"])) for entry in failures] == [
        (1, ConnectionError),
        (2, ConnectionError),
    ]


async def test_what_always_fails_is_given_up_and_stops_nothing_else(database: Database) -> None:
    effects = Effects(1, failing=3)
    worker = InboxWorker(SqlInboxRepository(database, SystemClock()), effects, QUICK)
    async with at_work(worker):
        await worker.write(delivery(1))
        await asyncio.wait_for(effects.is_given_up.wait(), GIVE_UP_S)
        await worker.write(delivery(2))
        await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
    assert effects.done == [2]


@pytest.mark.parametrize("fails", [False, True])
async def test_who_waits_is_told_once_when_it_is_given_up(database: Database, fails: bool) -> None:
    effects, told, is_told = Effects(1, failing=3), list[object](), asyncio.Event()

    async def give_up(found: SlackDelivery, once: RunOnce) -> None:
        told.append((found.body["n"], await once("post", lambda: asyncio.sleep(0, "posted again"))))
        is_told.set()
        if fails:
            raise ConnectionError("Slack is away")

    worker = InboxWorker(SqlInboxRepository(database, SystemClock()), effects, QUICK, give_up=give_up)
    async with at_work(worker):
        await worker.write(delivery(1))
        await asyncio.wait_for(effects.is_given_up.wait(), GIVE_UP_S)
        await worker.write(delivery(2))
        await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
        await asyncio.wait_for(is_told.wait(), GIVE_UP_S)
    assert told == [(1, "1.0")]
    assert effects.done == [2]


async def test_what_a_worker_that_died_had_in_hand_is_taken_over(database: Database) -> None:
    clock = FakeClock()
    store = SqlInboxRepository(database, clock)
    began = asyncio.Event()

    async def die(_: SlackDelivery, once: RunOnce) -> None:
        await once("post", lambda: asyncio.sleep(0, "1.0"))
        began.set()
        await asyncio.Event().wait()

    first = InboxWorker(store, die, QUICK)
    async with at_work(first):
        await first.write(delivery(1))
        await asyncio.wait_for(began.wait(), GIVE_UP_S)
    clock.elapsed += QUICK.lease_s
    effects = Effects(1)
    async with at_work(InboxWorker(store, effects, QUICK)):
        await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
    assert (effects.done, effects.posted) == ([1], [])


class Away(SqlInboxRepository):
    """A database that is away at first."""

    asked = 0

    async def claim_next(self, *args: object) -> None:
        self.asked += 1
        if self.asked < 5:
            raise StorageUnavailable("away")
        return await super().claim_next(*args)  # type: ignore[arg-type, return-value]


async def test_a_database_that_is_away_for_a_while_is_waited_for(database: Database) -> None:
    effects = Effects(1)
    worker = InboxWorker(Away(database, SystemClock()), effects, QUICK)
    async with at_work(worker):
        await worker.write(delivery(1))
        await asyncio.wait_for(effects.is_all.wait(), GIVE_UP_S)
    assert effects.done == [1]


class Renewed(SqlInboxRepository):
    """A store on a clock that nearly a lease passes on whenever a lease is renewed; says when three have passed."""

    def __init__(self, database: Database, lease_s: float) -> None:
        self.clock, self.lease_s, self.is_late = FakeClock(), lease_s, asyncio.Event()
        super().__init__(database, self.clock)

    async def extend(self, key: str, lease: timedelta) -> None:
        await super().extend(key, lease)
        self.clock.elapsed += 0.9 * self.lease_s
        if self.clock.elapsed > 3 * self.lease_s:
            self.is_late.set()


async def test_what_takes_longer_than_a_lease_is_not_given_to_another(database: Database) -> None:
    began: list[str] = []
    ended = asyncio.Event()
    limits = replace(QUICK, lease_s=0.3)
    store = Renewed(database, limits.lease_s)

    async def slowly(found: SlackDelivery, _: RunOnce) -> None:
        began.append(found.key)
        await store.is_late.wait()
        ended.set()

    worker = InboxWorker(store, slowly, limits)
    async with at_work(worker):
        await worker.write(delivery(1))
        await asyncio.wait_for(ended.wait(), GIVE_UP_S)
    assert began == ["T1:1"]
