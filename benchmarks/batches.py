"""Measure batches: submitting 50,000 lines, and answering with an upstream of 0.5 s, on SQLite and on PostgreSQL.

python -m benchmarks.batches
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.batches.ports import ItemResult, QueueLimits
from subtext.batches.queue.dbos import DbosBatchQueue
from subtext.batches.service import BatchService
from subtext.batches.upload import UploadParser, iter_groups, to_line
from subtext.batches.worker import BatchWorker
from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState
from subtext.domain.caller import NO_OWNER
from subtext.schemas.batch import BatchOptions
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import Database, open_database, parse_url
from subtext.storage.migrate import upgrade_schema
from tests.support.servers.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.domain.batch import Batch, NewItem
    from subtext.domain.caller import Owner

LINES, ITEMS, PARALLEL, UPSTREAM_S = 50_000, 2_000, 160, 0.5
WORKER = Path(__file__).resolve().parents[1] / "tests" / "support" / "batch_worker.py"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_ARTICLE = "A company asks for a month more. " * 30


async def _items(count: int) -> AsyncIterator[NewItem]:
    reading = UploadParser(BatchOptions(), "benchmark")
    for number in range(count):
        yield reading.parse_line(
            to_line({"custom_id": f"line-{number}", "text": "A company asks for a month more. " * 30})
        )


async def measure(folder: str) -> None:
    """Print the figures."""
    url = parse_url(f"sqlite:///{folder}/batches.db")
    database, jobs = Database(url), DbosBatchQueue(url, QueueLimits(parallel=PARALLEL))
    await upgrade_schema(database)
    store = SqlBatchRepository(database, SystemClock())
    await jobs.open()
    desk = BatchService(store, jobs)
    before, began = _peak_mb(), time.perf_counter()
    large = await desk.submit(NO_OWNER, iter_groups(_items(LINES)))
    sys.stdout.write(
        f"submit {LINES:,} lines: {time.perf_counter() - began:.1f} s, memory +{_peak_mb() - before:.0f} MB" + "\n"
    )
    await desk.close()
    await store.transition(large.id, BatchState.CANCELLED)
    small = await desk.submit(NO_OWNER, iter_groups(_items(ITEMS)))

    async def answer(request: str, owner: Owner) -> ItemResult:  # noqa: ARG001 - an `ItemHandler`
        await asyncio.sleep(UPSTREAM_S)
        return ItemResult(ItemState.DONE, "{}")

    began = time.perf_counter()
    await jobs.start_worker(BatchWorker(store, answer, parallel=PARALLEL).process_chunk)
    await _wait_until_ended(store, small)
    _print_rate("one process, SQLite", began)
    await desk.close()
    await jobs.close(5)
    await database.close()


async def measure_on_postgres(folder: str) -> None:
    """Print the figure of two workers over one PostgreSQL, half of the places each."""
    environment = os.environ | {"PARALLEL": str(PARALLEL // 2)}
    with postgres_server() as server:
        command = [sys.executable, str(WORKER), server.url, f"{folder}/diary", str(UPSTREAM_S)]
        async with open_database(server.url, migrate=True) as database:
            store = SqlBatchRepository(database, SystemClock())
            jobs = DbosBatchQueue(database.url, QueueLimits(parallel=PARALLEL // 2))
            await jobs.open()
            desk = BatchService(store, jobs)
            workers = [subprocess.Popen(command, env=environment) for _ in range(2)]  # noqa: ASYNC220, S603 - as it is read
            await asyncio.sleep(5)
            began = time.perf_counter()
            batch = await desk.submit(NO_OWNER, iter_groups(_items(ITEMS)))
            await _wait_until_ended(store, batch)
            _print_rate("two processes, PostgreSQL", began)
            for worker in workers:
                worker.terminate()
                worker.wait(20)
            await desk.close()
            await jobs.close(5)


async def _wait_until_ended(store: SqlBatchRepository, batch: Batch) -> None:
    while (await store.get(batch.id, NO_OWNER)).ended_at is None:  # noqa: ASYNC110 - other processes end it
        await asyncio.sleep(0.1)


def _print_rate(where: str, began: float) -> None:
    rate = ITEMS / (time.perf_counter() - began)
    sys.stdout.write(f"{where}: {ITEMS:,} items of {UPSTREAM_S} s, {PARALLEL} at a time: {rate:.0f} items/s\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(place))
        asyncio.run(measure_on_postgres(place))
