"""Measure batches on one process with SQLite: submitting 50,000 lines, and answering with an upstream of 0.5 s.

python benchmarks/batches.py
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time

from subtext.api.v1.uploads import BatchOptions, Lines, as_line, grouped
from subtext.batches.batch import BatchState, ItemState
from subtext.batches.desk import Desk
from subtext.batches.working import Worker
from subtext.jobs.durable import DurableJobs
from subtext.jobs.limits import JobLimits
from subtext.storage.batches import SqlBatches
from subtext.storage.database import Database, parsed
from subtext.storage.migrating import upgrade

LINES, ITEMS, PARALLEL, UPSTREAM_S = 50_000, 2_000, 160, 0.5


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _items(count: int):  # noqa: ANN202 - an async generator of a script
    reading = Lines(BatchOptions(), "benchmark")
    for number in range(count):
        yield reading.item(as_line({"custom_id": f"line-{number}", "text": "A company asks for a month more. " * 30}))


async def measured(folder: str) -> None:
    """Print the figures."""
    url = parsed(f"sqlite:///{folder}/batches.db")
    database, jobs = Database(url), DurableJobs(url, JobLimits(parallel=PARALLEL))
    await upgrade(database)
    store = SqlBatches(database)
    await jobs.open()
    desk = Desk(store, jobs)
    before, began = _peak_mb(), time.perf_counter()
    large = await desk.submit("", grouped(_items(LINES)))
    sys.stdout.write(
        f"submit {LINES:,} lines: {time.perf_counter() - began:.1f} s, memory +{_peak_mb() - before:.0f} MB" + "\n"
    )
    await desk.close()
    await store.move(large.id, BatchState.CANCELLED)
    small = await desk.submit("", grouped(_items(ITEMS)))
    ended = asyncio.Event()

    async def answer(_: str, __: str) -> tuple[ItemState, str]:
        await asyncio.sleep(UPSTREAM_S)
        return ItemState.DONE, "{}"

    async def tell(batch_id: str) -> None:
        if batch_id == small.id:
            ended.set()

    await jobs.start(Worker(store, answer, parallel=PARALLEL, ended=tell).work)
    began = time.perf_counter()
    await asyncio.wait_for(ended.wait(), 120)
    sys.stdout.write(
        f"answer {ITEMS:,} items of {UPSTREAM_S} s: {ITEMS / (time.perf_counter() - began):.0f} items/s" + "\n"
    )
    await desk.close()
    await jobs.close(5)
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measured(place))
