"""A worker that is killed while an analysis and its item are being stored: both are there, or neither."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from subtext.domain.caller import Owner

pytest.importorskip("dbos", reason="the extra `batch` is not installed")

from subtext.batches.ports import QueueLimits
from subtext.batches.queue.dbos import DbosBatchQueue
from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database
from tests.support.batch_store import require_one_analysis_per_item
from tests.support.dying_process import MOMENTS
from tests.support.patience import GIVE_UP_S
from tests.support.repository import ROOT
from tests.support.servers.postgres import postgres_server

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterator
    from pathlib import Path

ME, ITEMS = Owner("me"), 6


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with ExitStack() as stack:
        is_sqlite = request.param == "sqlite"
        yield f"sqlite:///{tmp_path / 'kept.db'}" if is_sqlite else stack.enter_context(postgres_server()).url


async def start_worker(url: str, moment: str, count: int) -> Process:
    known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    settings = {"SUBTEXT_BATCHES_ENABLED": "true", "SUBTEXT_LOCAL_SCORER": "words", "SUBTEXT_STORE_DATABASE_URL": url}
    command = ["-m", "tests.support.dying_process", moment, str(count), "worker"]
    return await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=known | settings)


def build_request(number: int) -> str:
    text = f"Orlan Freight went back to its creditors on Monday, cap in hand, and asked for {number} months more. " * 4
    return json.dumps({"text": text, "engine": "local"})


async def submit(batches: SqlBatchRepository, queue: DbosBatchQueue) -> str:
    batch_id = await batches.create(ME)
    await batches.add_items(batch_id, [NewItem(at, f"i-{at}", build_request(at)) for at in range(ITEMS)])
    await batches.transition(batch_id, BatchState.QUEUED)
    await queue.enqueue(await batches.get(batch_id, ME))
    return batch_id


async def wait_until_done(batches: SqlBatchRepository, batch_id: str) -> None:
    async with asyncio.timeout(GIVE_UP_S):
        while (await batches.get(batch_id, ME)).counts[ItemState.DONE] < ITEMS:  # noqa: ASYNC110 - in a database
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_item_and_its_analysis_are_stored_together(url: str, moment: str) -> None:
    async with open_database(url, migrate=True) as database:
        batches, queue = SqlBatchRepository(database, SystemClock()), DbosBatchQueue(database.url, QueueLimits())
        await queue.open()
        batch_id = await submit(batches, queue)
        dying = await start_worker(url, moment, 2)
        assert await asyncio.wait_for(dying.wait(), GIVE_UP_S) == -signal.SIGKILL
        await require_one_analysis_per_item(database, batches, batch_id, ME)
        living = await start_worker(url, "never", 1)
        await wait_until_done(batches, batch_id)
        living.terminate()
        await living.wait()
        await require_one_analysis_per_item(database, batches, batch_id, ME)
        await queue.close()
