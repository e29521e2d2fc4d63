from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.domain.slack import SlackDelivery
from subtext.errors import StorageUnavailable
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.queue_statistics import SqlQueueStatistics
from subtext.storage.slack import SqlInboxRepository
from subtext.storage.webhooks import SqlWebhookRepository
from tests.support.fakes import START, FakeClock
from tests.support.owners import MINE
from tests.support.webhooks import BOTH, URL, create_ended_batch

if TYPE_CHECKING:
    from subtext.storage.database import Database


async def make_read_only(database: Database) -> None:
    """Let the database only be read, as that of a standby is."""
    async with database.transaction() as connection:
        if database.dialect == "sqlite":
            await connection.exec_driver_sql("PRAGMA query_only = ON")
        else:
            await connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


async def test_nothing_waits_at_first(database: Database) -> None:
    statistics = await SqlQueueStatistics(database).read()

    assert statistics.items == {"waiting": 0, "running": 0}
    assert statistics.oldest_at is None
    assert statistics.depths == {"webhooks": 0, "slack": 0, "batch_items": 0}


async def test_a_database_that_can_only_be_read_is_no_answer(database: Database) -> None:
    await make_read_only(database)

    with pytest.raises(StorageUnavailable):
        await SqlQueueStatistics(database).read()


async def test_open_items_and_rows_are_counted_and_ended_ones_are_not(database: Database) -> None:
    clock = FakeClock()
    batches = SqlBatchRepository(database, clock)
    await SqlWebhookRepository(database, clock, max_per_owner=20).add(MINE, URL, BOTH)
    await create_ended_batch(database)
    for age in (2, 1):
        clock.elapsed = -age * 60.0
        batch_id = await batches.create(MINE)
        await batches.add_items(batch_id, [NewItem(number, None, "{}") for number in range(25)])
        await batches.transition(batch_id, BatchState.QUEUED)
    await batches.claim(batch_id, 0, 20)
    await batches.complete_item(batch_id, 0, ItemState.DONE, "{}")
    await SqlInboxRepository(database, clock).write(SlackDelivery("T1:1", "event", "T1", {}))
    await batches.create(MINE)

    statistics = await SqlQueueStatistics(database).read()

    assert statistics.items == {"waiting": 30, "running": 19}
    assert statistics.oldest_at == START - timedelta(minutes=2)
    assert statistics.depths == {"webhooks": 1, "slack": 1, "batch_items": 49}
