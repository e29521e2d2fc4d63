"""The queue's jobs: none is given up while its database is away, and one that failed is done after a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext.domain.caller import Owner

pytest.importorskip("dbos", reason="the extra `batch` is not installed")

from subtext.batches.ports import QueueLimits
from subtext.batches.queue.dbos import (
    DbosBatchQueue,
    create_queue_engine,
    queue_url,
    retry_until_stored,
    run_reaper,
)
from subtext.clock import SystemClock
from subtext.domain.batch import CHUNK_SIZE, Batch, BatchState, NewItem
from subtext.errors import StorageUnavailable
from subtext.storage.background import background_task
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database, parse_url
from tests.support.patience import GIVE_UP_S
from tests.support.virtual_time import run_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from subtext.batches.queue.dbos import ChunkHandler
    from subtext.storage.database import Database

ME = Owner("me")


class Recorded:
    """Handler of chunks that counts them, and fails with an error if it is given one."""

    def __init__(self, expected: int, error: Exception | None = None) -> None:
        self.chunks: list[int] = []
        self.all_called = asyncio.Event()
        self._expected, self._error = expected, error

    async def __call__(self, batch_id: str, owner: Owner, first: int) -> None:
        del batch_id, owner
        self.chunks.append(first)
        if len(self.chunks) == self._expected:
            self.all_called.set()
        if self._error is not None:
            raise self._error


def test_a_job_outlasts_a_database_that_is_away_for_a_day() -> None:
    day_s = 24 * 3_600.0

    async def main() -> float:
        loop = asyncio.get_running_loop()

        async def handler(batch_id: str, owner: Owner, first: int) -> None:
            del batch_id, owner, first
            if loop.time() < day_s:
                raise ExceptionGroup("of a chunk", [StorageUnavailable("away")])

        await retry_until_stored(handler, "bat_1", ME, 0)
        return loop.time()

    assert run_in_virtual_time(main) >= day_s


def test_a_job_that_fails_oddly_is_logged_and_ends() -> None:
    async def main() -> None:
        await retry_until_stored(Recorded(1, ValueError("words of the article")), "bat_1", ME, 0)

    with capture_logs() as logged, pytest.raises(ExceptionGroup):
        run_in_virtual_time(main)

    assert [(entry["event"], entry["error"], entry["batch"]) for entry in logged] == [
        ("chunk_failed", "ValueError", "bat_1")
    ]
    assert "words of the article" not in str(logged)


def test_the_reaper_goes_on_after_any_error_with_pauses_until_it_is_cancelled() -> None:
    errors = [ValueError("words of a row"), OSError("words of a disk")]

    async def main() -> int:
        times = 0

        async def reap() -> None:
            nonlocal times
            times += 1
            if times <= len(errors):
                raise errors[times - 1]

        async with background_task(run_reaper(reap)):
            await asyncio.sleep(100.5)
            during = times
        await asyncio.sleep(100)
        assert times == during
        return during

    with capture_logs() as logged:
        assert run_in_virtual_time(main) == 101

    levels = [(entry["event"], entry["error"], entry["log_level"]) for entry in logged]
    assert levels == [("reaper_failed", "ValueError", "error"), ("reaper_failed", "OSError", "warning")]
    assert "words of" not in str(logged)


async def test_jobs_that_were_done_are_deleted_in_time(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        batch, handler = await submit(database, 2), Recorded(2)
        async with worker(database, handler, batch) as queue:
            await asyncio.wait_for(handler.all_called.wait(), GIVE_UP_S)
        async with worker(database, handler, batch) as queue:
            await queue.delete_jobs_before(datetime.now(UTC) - timedelta(hours=1))
            assert count_jobs(tmp_path) == 2
            await queue.delete_jobs_before(datetime.now(UTC) + timedelta(hours=1))
            assert count_jobs(tmp_path) == 0
    assert handler.chunks == [0, CHUNK_SIZE]


def count_jobs(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "kept.db.jobs")) as connection:
        count: int = connection.execute("select count(*) from workflow_status").fetchone()[0]
    return count


@asynccontextmanager
async def worker(database: Database, handler: ChunkHandler, batch: Batch) -> AsyncIterator[DbosBatchQueue]:
    """A worker of the queue to which the batch is handed, as at a start of the service."""
    queue = DbosBatchQueue(database.url, QueueLimits(poll_s=0.05))
    await queue.open()
    await queue.enqueue(batch)
    await queue.start_worker(handler)
    yield queue
    await queue.close()


async def submit(database: Database, chunks: int) -> Batch:
    batches = SqlBatchRepository(database, SystemClock())
    batch_id = await batches.create(ME)
    await batches.add_items(batch_id, [NewItem(at, f"i-{at}", "{}") for at in range(chunks * CHUNK_SIZE)])
    await batches.transition(batch_id, BatchState.QUEUED)
    return await batches.get(batch_id, ME)


async def test_jobs_that_failed_are_done_after_a_restart_and_no_others(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        done, failed = await submit(database, 1), await submit(database, 3)
        first = Recorded(1)
        async with worker(database, first, done):
            await asyncio.wait_for(first.all_called.wait(), GIVE_UP_S)
        broken = Recorded(3, RuntimeError("odd"))
        async with worker(database, broken, failed):
            await asyncio.wait_for(broken.all_called.wait(), GIVE_UP_S)
        mended = Recorded(3)
        async with worker(database, mended, failed) as queue:
            await queue.enqueue(done)
            await asyncio.wait_for(mended.all_called.wait(), GIVE_UP_S)
        assert sorted(mended.chunks) == [0, CHUNK_SIZE, 2 * CHUNK_SIZE]


def test_every_sqlite_has_the_time_that_dbos_stamps_rows_with(tmp_path: Path) -> None:
    queue = create_queue_engine(queue_url(parse_url(f"sqlite:///{tmp_path / 'kept.db'}")))
    with queue.begin() as connection:
        # As in DBOS's tables from Python 3.12 on.
        connection.exec_driver_sql("create table stamps (at bigint not null default (unixepoch('subsec') * 1000))")
        connection.exec_driver_sql("insert into stamps default values")
        age_s = connection.exec_driver_sql("select strftime('%s', 'now') - at / 1000 from stamps").scalar_one()
    queue.dispose()
    assert abs(age_s) < GIVE_UP_S
