"""The service of batches: an upload that is repeated under one Idempotency-Key after a crash is one batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext.batches.service import BatchService, derive_batch_id
from subtext.clock import SystemClock
from subtext.domain.batch import Batch, BatchState, NewItem
from subtext.errors import IdempotencyMismatch, StorageUnavailable
from subtext.ids import derive_uuid7
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database
from tests.support.fakes import START
from tests.support.owners import MINE
from tests.support.patience import GIVE_UP_S
from tests.support.virtual_time import run_in_virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REPEATABLE_ID = derive_uuid7(START, "k")


class RecordingQueue:
    """Queue that works on nothing."""

    def __init__(self) -> None:
        self.enqueued: asyncio.Queue[str] = asyncio.Queue()

    async def enqueue(self, batch: Batch) -> None:
        self.enqueued.put_nowait(batch.id)


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
async def batches(tmp_path: Path, queue: RecordingQueue) -> AsyncIterator[BatchService]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        service = BatchService(SqlBatchRepository(database, SystemClock()), queue)
        yield service
        await service.close()


async def upload(count: int) -> AsyncIterator[list[NewItem]]:
    yield [NewItem(at, f"i{at}", "{}") for at in range(count)]


async def test_an_upload_that_comes_again_is_the_same_batch(batches: BatchService) -> None:
    first = await batches.submit(MINE, upload(3), REPEATABLE_ID)
    again = await batches.submit(MINE, upload(3), REPEATABLE_ID)
    assert (first.id, first.total) == (again.id, again.total) == (derive_batch_id(REPEATABLE_ID), 3)
    assert len(await batches.repository.list_batches(MINE, before=None, limit=9)) == 1


async def test_an_upload_whose_process_died_before_it_was_enqueued_is_enqueued(
    batches: BatchService, queue: RecordingQueue
) -> None:
    batch_id = await batches.repository.create(MINE, derive_batch_id(REPEATABLE_ID))
    await batches.repository.add_items(batch_id, [NewItem(0, "i0", "{}")])
    await batches.repository.transition(batch_id, BatchState.QUEUED)
    await batches.submit(MINE, upload(1), REPEATABLE_ID)
    assert await asyncio.wait_for(queue.enqueued.get(), GIVE_UP_S) == batch_id


async def test_another_upload_is_no_repeat(batches: BatchService) -> None:
    await batches.submit(MINE, upload(3), REPEATABLE_ID)
    with pytest.raises(IdempotencyMismatch, match="a batch of 3 items"):
        await batches.submit(MINE, upload(4), REPEATABLE_ID)


async def test_what_a_dead_process_had_received_is_received_anew(batches: BatchService) -> None:
    batch_id = await batches.repository.create(MINE, derive_batch_id(REPEATABLE_ID))
    await batches.repository.add_items(batch_id, [NewItem(0, "i0", "{}")])
    batch = await batches.submit(MINE, upload(2), REPEATABLE_ID)
    assert (batch.id, batch.total, batch.state) == (batch_id, 2, BatchState.QUEUED)


async def test_ids_of_batches_grow_with_time_whichever_way_they_are_made(batches: BatchService) -> None:
    before = derive_batch_id(derive_uuid7(SystemClock().now(), "k"))
    created = await batches.repository.create(MINE)
    after = derive_batch_id(derive_uuid7(SystemClock().now(), "k"))
    # All up to the milliseconds: what follows is random, or derived.
    assert before[:-20] <= created[:-20] <= after[:-20]


class UnqueuedBatches(SqlBatchRepository):
    """Repository of one batch that nobody has enqueued."""

    def __init__(self) -> None: ...

    async def list_unqueued(self) -> list[Batch]:
        return [Batch("bat_1", MINE, BatchState.QUEUED, 1, {}, START)]


class FailingFirstQueue(RecordingQueue):
    """Queue that fails with these errors before it takes a batch."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def enqueue(self, batch: Batch) -> None:
        if self.errors:
            raise self.errors.pop(0)
        await super().enqueue(batch)


def test_enqueueing_goes_on_after_any_error_and_logs_it() -> None:
    queue_errors = StorageUnavailable("away"), ValueError("of a row")

    async def main() -> str:
        queue = FailingFirstQueue(*queue_errors)
        service = BatchService(UnqueuedBatches(), queue)
        await service.enqueue_pending()
        batch_id = await queue.enqueued.get()
        await service.close()
        return batch_id

    with capture_logs() as logged:
        assert run_in_virtual_time(main) == "bat_1"

    assert [(entry["event"], entry["log_level"]) for entry in logged] == [
        ("enqueueing_failed", "warning"),
        ("enqueueing_failed", "error"),
    ]
