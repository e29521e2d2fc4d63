"""Workers that are killed: nothing is lost or settled twice, what is settled is not answered again, and every item has
one analysis in the store.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext.domain.caller import Owner

pytest.importorskip("dbos", reason="the extra `batch` is not installed")

from subtext.batches.ports import QueueLimits
from subtext.batches.queue.dbos import DbosBatchQueue
from subtext.clock import SystemClock
from subtext.domain.batch import Batch, BatchState, ItemState, NewItem
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database
from tests.support.batch_store import require_one_analysis_per_item
from tests.support.patience import GIVE_UP_S
from tests.support.servers.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from subtext.storage.database import Database

SCRIPT = Path(__file__).parents[2] / "support" / "batch_worker.py"
ITEMS = int(os.environ.get("SUBTEXT_KILL_ITEMS", "100"))
KILLS = max(3, ITEMS // 2_000)
DELAY_S = 0.05


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@dataclass
class Crew:
    """Two workers, each replaced as soon as it is killed."""

    url: str
    diary: Path
    workers: list[subprocess.Popen[bytes]]

    @classmethod
    def hired(cls, url: str, diary: Path) -> Crew:
        crew = cls(url, diary, [])
        crew.workers = [crew._one(), crew._one()]
        return crew

    def _one(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, SCRIPT, self.url, self.diary, str(DELAY_S)])

    def kill_one(self, chance: random.Random) -> None:
        number = chance.randrange(len(self.workers))
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self._one()

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait(GIVE_UP_S)


@asynccontextmanager
async def submitted(url: str) -> AsyncIterator[tuple[SqlBatchRepository, str]]:
    """A batch of items that are handed out, and the store that it is in; in the end the store is compared."""
    async with open_database(url, migrate=True) as database, handed_out(database) as (store, batch_id):
        yield store, batch_id
        results = [item.result for item in await store.list_items(batch_id, start=0, limit=ITEMS)]
        assert [json.loads(result or "null")["item"] for result in results] == [str(at) for at in range(ITEMS)]
        await require_one_analysis_per_item(database, store, batch_id, Owner("me"))


@asynccontextmanager
async def handed_out(database: Database) -> AsyncIterator[tuple[SqlBatchRepository, str]]:
    store, jobs = SqlBatchRepository(database, SystemClock()), DbosBatchQueue(database.url, QueueLimits(parallel=20))
    await jobs.open()
    batch_id = await store.create(Owner("me"))
    for first in range(0, ITEMS, 500):
        await store.add_items(
            batch_id, [NewItem(at, f"i-{at}", str(at)) for at in range(first, min(first + 500, ITEMS))]
        )
    await store.transition(batch_id, BatchState.QUEUED)
    await jobs.enqueue(await store.get(batch_id, Owner("me")))
    yield store, batch_id
    await jobs.close()


async def until(store: SqlBatchRepository, batch_id: str, settled: int, *, patience_s: float = GIVE_UP_S) -> Batch:
    """The batch once so many items are settled."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        batch = await store.get(batch_id, Owner("me"))
        if batch.finished >= settled:
            return batch
        await asyncio.sleep(0.02)
    pytest.fail(f"only {batch.finished} items were settled")


def told(diary: Path) -> tuple[list[str], list[str]]:
    """Items that were settled twice, and items that were begun again after they were settled."""
    settled: set[str] = set()
    twice, again = [], []
    for line in diary.read_text(encoding="utf-8").splitlines():
        word, item = line.split()
        if word == "settled":
            twice += [item] if item in settled else []
            settled.add(item)
        elif item in settled:
            again.append(item)
    return twice, again


async def killed(url: str, folder: Path) -> None:
    diary, chance = folder / "diary", random.Random(7)  # noqa: S311 - which worker is killed is no secret
    async with submitted(url) as (store, batch_id):
        crew = Crew.hired(url, diary)
        try:
            for kill in range(KILLS):
                await until(store, batch_id, ITEMS * (kill + 1) // (KILLS + 2))
                crew.kill_one(chance)
            batch = await until(store, batch_id, ITEMS, patience_s=GIVE_UP_S * max(1, ITEMS / 1_000))
        finally:
            crew.dismiss()
        assert batch.counts[ItemState.DONE] == ITEMS
        assert told(diary) == ([], [])


async def test_killed_on_sqlite(tmp_path: Path) -> None:
    await killed(f"sqlite:///{tmp_path / 'kept.db'}", tmp_path)


async def test_killed_on_postgres(postgres: Postgres, tmp_path: Path) -> None:
    await killed(postgres.url, tmp_path)


async def test_postgres_is_stopped_and_started_meanwhile(postgres: Postgres, tmp_path: Path) -> None:
    async with submitted(postgres.url) as (store, batch_id):
        crew = Crew.hired(postgres.url, tmp_path / "diary")
        try:
            await until(store, batch_id, ITEMS // 3)
            # Beside the loop: a connection of this test's that is being made would hold the server up for a minute.
            await asyncio.to_thread(postgres.stop)
            await asyncio.to_thread(postgres.start)
            batch = await until(store, batch_id, ITEMS)
        finally:
            crew.dismiss()
        assert batch.counts[ItemState.DONE] == ITEMS
        assert told(tmp_path / "diary") == ([], [])
