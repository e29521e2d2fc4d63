"""Forgetting what is old: again and again, and past a database that is away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext.clock import SystemClock
from subtext.errors import StorageUnavailable
from subtext.storage.background import background_task, flush_periodically, prune_periodically, renew_lease
from tests.support.patience import GIVE_UP_S
from tests.support.virtual_time import LoopClock, run_in_virtual_time

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class Forgetful:
    """A store that is away at first."""

    def __init__(self) -> None:
        self.moments: list[datetime] = []
        self.asked_thrice = asyncio.Event()

    async def delete_older_than(self, moment: datetime) -> int:
        self.moments.append(moment)
        if len(self.moments) == 1:
            raise StorageUnavailable("away")
        if len(self.moments) == 3:
            self.asked_thrice.set()
        return 2


async def test_what_is_old_is_forgotten_again_and_again() -> None:
    store = Forgetful()
    async with prune_periodically(store, timedelta(days=30), SystemClock(), every_s=0.001):
        await asyncio.wait_for(store.asked_thrice.wait(), GIVE_UP_S)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert all(datetime.now(UTC) - moment >= timedelta(days=30) for moment in store.moments)


async def test_an_error_that_ends_a_task_is_logged_before_the_context_is_left() -> None:
    events: list[tuple[str, str]] = []

    async def fail() -> None:
        raise ValueError("of a row")

    async def run() -> None:
        with capture_logs() as logged:
            async with background_task(fail()):
                await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
                events.extend((entry["event"], entry["error"]) for entry in logged)

    with pytest.raises(ValueError, match="of a row"):
        await run()
    assert events == [("background_task_failed", "ValueError")]


class FailingFirst:
    """Step of a loop that fails oddly at first."""

    def __init__(self) -> None:
        self.times = 0

    async def run(self) -> None:
        self.times += 1
        if self.times == 1:
            raise ValueError("of a row")

    async def delete_older_than(self, moment: datetime) -> int:
        del moment
        await self.run()
        return 0

    def open_loop(self, kind: str) -> AbstractAsyncContextManager[None]:
        if kind == "prune":
            return prune_periodically(self, timedelta(days=1), LoopClock(), every_s=1.0)
        if kind == "flush":
            return flush_periodically(self.run, every_s=1.0)
        return renew_lease(self.run, timedelta(seconds=3))


def test_the_last_flush_that_fails_oddly_is_logged_and_lets_the_others_close() -> None:
    async def main() -> None:
        async with flush_periodically(FailingFirst().run, every_s=1.0):
            pass

    with capture_logs() as logged:
        run_in_virtual_time(main)

    assert [(entry["event"], entry["error"]) for entry in logged] == [("flush_failed", "ValueError")]


@pytest.mark.parametrize(
    ("kind", "event"), [("prune", "prune_failed"), ("flush", "flush_failed"), ("renew", "lease_renewal_failed")]
)
def test_a_step_that_fails_oddly_is_logged_and_does_not_end_its_loop(kind: str, event: str) -> None:
    async def main() -> int:
        step = FailingFirst()
        async with step.open_loop(kind):
            await asyncio.sleep(10.5)
            return step.times

    with capture_logs() as logged:
        assert run_in_virtual_time(main) >= 10

    assert [(entry["event"], entry["error"]) for entry in logged] == [(event, "ValueError")]
