"""Forgetting what is old: again and again, and past a database that is away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from subtext.clock import SystemClock
from subtext.errors import StorageUnavailable
from subtext.storage.background import background_task, prune_periodically
from tests.support.patience import GIVE_UP_S


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
