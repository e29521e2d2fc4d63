"""Batch worker as a process of its own: each item is a pause and an analysis; a log file says what began and ended.

python tests/support/batch_worker.py DATABASE_URL DIARY DELAY_S
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

from subtext.analysis.ports import StoredAnalysis
from subtext.batches.ports import ItemResult, QueueLimits
from subtext.batches.queue.dbos import DbosBatchQueue
from subtext.batches.worker import BatchWorker
from subtext.clock import SystemClock
from subtext.domain.batch import ItemState
from subtext.ids import uuid7
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import Database, parse_url

if TYPE_CHECKING:
    from subtext.domain.caller import Owner


class Diary:
    """Append-only log that survives kill -9, in the order of events over all processes."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    def write(self, word: str, item: object) -> None:
        os.write(self._file, f"{word} {item}\n".encode())


class RecordingRepository(SqlBatchRepository):
    """Batch repository that logs each item that it has settled."""

    def __init__(self, database: Database, diary: Diary) -> None:
        super().__init__(database, SystemClock())
        self._diary = diary

    async def complete_item(
        self, batch_id: str, position: int, state: ItemState, document: str, analysis: StoredAnalysis | None = None
    ) -> bool:
        settled = await super().complete_item(batch_id, position, state, document, analysis)
        if settled:
            self._diary.write("settled", position)
        return settled


def build_result(request: str, owner: Owner) -> ItemResult:
    """Return the result of an item: a new analysis at every attempt, as the analyzer makes it."""
    now = SystemClock().now()
    analysis_id = uuid7(now)
    document = json.dumps({"id": analysis_id, "item": request})
    unknown = dict.fromkeys(("label", "score", "confidence", "target", "outlet", "title", "url"))
    analysis = StoredAnalysis(
        id=analysis_id,
        owner=owner,
        created_at=now,
        status="complete",
        engine="local",
        sha256="0" * 64,
        document=document,
        **unknown,
    )
    return ItemResult(ItemState.DONE, document, analysis)


async def work(url: str, diary: Diary, delay_s: float) -> None:
    """Work until SIGTERM."""

    async def answer(request: str, owner: Owner) -> ItemResult:
        diary.write("began", request)
        await asyncio.sleep(delay_s)
        return build_result(request, owner)

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    limits = QueueLimits(parallel=int(os.environ.get("PARALLEL", "20")))
    database, jobs = Database(parse_url(url)), DbosBatchQueue(parse_url(url), limits)
    await jobs.open()
    await jobs.start_worker(
        BatchWorker(RecordingRepository(database, diary), answer, parallel=limits.parallel).process_chunk
    )
    await stopping.wait()
    await jobs.close(5)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Diary(sys.argv[2]), float(sys.argv[3])))
