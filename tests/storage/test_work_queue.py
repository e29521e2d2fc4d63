"""Workers of a queue in a table: one of the idle ones polls, and all begin when they are woken."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from subtext.storage.background import background_task
from subtext.storage.work_queue import run_workers
from tests.support.virtual_time import run_in_virtual_time

PARALLEL, POLL_S = 8, 1.0


class Rows:
    """Rows that are claimed one by one; work on each takes `work_s`."""

    def __init__(self, work_s: float = 60.0) -> None:
        self.waiting, self.running, self.looked, self._work_s = 0, 0, 0, work_s

    async def process_next(self) -> bool:
        self.looked += 1
        if not self.waiting:
            return False
        self.waiting, self.running = self.waiting - 1, self.running + 1
        await asyncio.sleep(self._work_s)
        self.running -= 1
        return True


def test_idle_workers_do_not_all_poll() -> None:
    async def main() -> int:
        rows = Rows()
        async with background_task(run_workers(rows.process_next, parallel=PARALLEL, poll_s=POLL_S)):
            await asyncio.sleep(0.5)
            rows.looked = 0
            await asyncio.sleep(100)
        return rows.looked

    assert 100 <= run_in_virtual_time(main) <= 200


def test_what_another_process_left_is_found_at_the_next_poll() -> None:
    async def main() -> int:
        rows = Rows()
        async with background_task(run_workers(rows.process_next, parallel=PARALLEL, poll_s=POLL_S)):
            await asyncio.sleep(0.5)
            rows.waiting = 1
            await asyncio.sleep(POLL_S)
            return rows.running

    assert run_in_virtual_time(main) == 1


def test_all_workers_begin_with_a_burst_at_once() -> None:
    async def main() -> int:
        rows, wake_up = Rows(), asyncio.Event()
        working = run_workers(rows.process_next, parallel=PARALLEL, poll_s=POLL_S, wake_up=wake_up)
        async with background_task(working):
            await asyncio.sleep(0.5)
            rows.waiting = PARALLEL
            wake_up.set()
            await asyncio.sleep(0.1)
            return rows.running

    assert run_in_virtual_time(main) == PARALLEL


def test_a_row_that_fails_oddly_does_not_end_the_worker() -> None:
    async def main() -> int:
        rows, odd_rows = Rows(), [ValueError("words of the row")]

        async def process_next() -> bool:
            if odd_rows:
                raise odd_rows.pop()
            return await rows.process_next()

        async with background_task(run_workers(process_next, parallel=1, poll_s=POLL_S)):
            await asyncio.sleep(0.5)
            rows.waiting = 1
            await asyncio.sleep(POLL_S)
            return rows.running

    with capture_logs() as logged:
        assert run_in_virtual_time(main) == 1

    assert [(entry["event"], entry["error"]) for entry in logged] == [("work_queue_failed", "ValueError")]
    assert "words of the row" not in str(logged)


async def test_a_cancellation_that_comes_together_with_a_row_ends_the_workers() -> None:
    wake_up = asyncio.Event()
    workers = asyncio.create_task(run_workers(find_nothing, parallel=1, poll_s=3_600.0, wake_up=wake_up))
    for _ in range(10):
        await asyncio.sleep(0)

    # The cancellation reaches the worker in the iteration after this, as the event does.
    asyncio.get_running_loop().call_soon(wake_up.set)
    workers.cancel()
    for _ in range(10):
        await asyncio.sleep(0)

    assert workers.cancelled()


async def find_nothing() -> bool:
    """Find no row."""
    return False
