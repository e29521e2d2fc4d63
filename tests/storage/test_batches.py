"""The store of batches: owners apart, items settled once, uploads broken off forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.errors import BatchNotFound, StorageUnavailable
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import Database, parse_url
from subtext.storage.tables import BATCHES
from tests.support.busy_database import BusyDatabase
from tests.support.owners import MINE, THEIRS

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.domain.caller import Owner


async def queued(store: SqlBatchRepository, owner: Owner) -> str:
    batch_id = await store.create(owner)
    await store.add_items(batch_id, [NewItem(0, "a", "{}"), NewItem(1, "b", None, '{"code": "x"}')])
    await store.transition(batch_id, BatchState.QUEUED)
    return batch_id


async def test_what_is_not_the_owners_does_not_exist(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await queued(store, MINE)
    assert (await store.get(batch_id, MINE)).counts[ItemState.FAILED] == 1
    with pytest.raises(BatchNotFound):
        await store.get(batch_id, THEIRS)
    assert await store.list_batches(THEIRS, before=None, limit=10) == []


async def test_an_item_is_settled_once(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await queued(store, MINE)
    assert [item.position for item in await store.claim(batch_id, 0, 20)] == [0]
    assert await store.complete_item(batch_id, 0, ItemState.DONE, '"first"')
    assert not await store.complete_item(batch_id, 0, ItemState.FAILED, '"second"')
    assert (await store.list_items(batch_id, start=0, limit=1))[0].result == '"first"'
    assert await store.claim(batch_id, 0, 20) == []


async def test_a_batch_ends_once_and_a_cancelled_one_gives_nothing_out(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await queued(store, MINE)
    assert [await store.transition(batch_id, BatchState.CANCELLED) for _ in range(2)] == [True, False]
    assert await store.claim(batch_id, 0, 20) == []


async def test_items_of_a_cancelled_batch_do_not_run_for_ever_after_their_worker_died(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await queued(store, MINE)
    await store.claim(batch_id, 0, 20)
    await store.transition(batch_id, BatchState.CANCELLED)
    await store.cancel_waiting(batch_id)
    assert (await store.list_items(batch_id, start=0, limit=1))[0].state is ItemState.RUNNING
    # The job of the dead worker is resumed by another.
    assert await store.claim(batch_id, 0, 20) == []
    item = (await store.list_items(batch_id, start=0, limit=1))[0]
    assert (item.state, item.ask) == (ItemState.CANCELLED, None)
    assert not await store.complete_item(batch_id, 0, ItemState.DONE, "{}")


async def test_a_batch_that_is_retried_as_it_is_forgotten_stays(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await queued(store, MINE)
    await store.claim(batch_id, 0, 20)
    await store.complete_item(batch_id, 0, ItemState.FAILED, '"no"')
    await store.transition(batch_id, BatchState.PARTIAL)
    busy = BusyDatabase(database.url, partial(store.retry_failed, batch_id))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await SqlBatchRepository(busy, SystemClock()).delete_older_than(tomorrow) == 0
    await busy.close()
    assert (await store.get(batch_id, MINE)).state is BatchState.QUEUED
    assert len(await store.list_items(batch_id, start=0, limit=9)) == 2


async def test_an_old_upload_that_was_broken_off_is_forgotten(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    old, new = await store.create(MINE), await store.create(MINE)
    async with database.transaction() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=1)
        await connection.execute(update(BATCHES).where(BATCHES.c.id == old).values(created_at=long_ago))
    await store.delete_abandoned_uploads()
    async with database.transaction() as connection:
        assert list((await connection.execute(select(BATCHES.c.id))).scalars()) == [new]


async def test_an_article_is_forgotten_once_nobody_will_read_it_again(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await store.create(MINE)
    await store.add_items(batch_id, [NewItem(place, f"i{place}", '"article"') for place in range(22)])
    await store.transition(batch_id, BatchState.QUEUED)
    await store.claim(batch_id, 0, 20)
    await store.complete_item(batch_id, 0, ItemState.DONE, "{}")
    await store.complete_item(batch_id, 1, ItemState.FAILED, "{}")
    await store.cancel_waiting(batch_id)
    kept = [item.ask for item in await store.list_items(batch_id, start=0, limit=50)]
    assert (kept[0], kept[1], kept[2], kept[20]) == (None, '"article"', '"article"', None)


async def test_an_old_batch_is_forgotten_with_its_items_and_an_open_one_is_not(database: Database) -> None:
    store = SqlBatchRepository(database, SystemClock())
    ended, opened = await queued(store, MINE), await queued(store, MINE)
    await store.transition(ended, BatchState.PARTIAL)
    assert await store.delete_older_than(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await store.delete_older_than(datetime.now(UTC) + timedelta(days=1)) == 1
    assert [batch.id for batch in await store.list_batches(MINE, before=None, limit=10)] == [opened]
    assert await store.list_items(ended, start=0, limit=10) == []


async def test_a_database_that_fails_is_told_as_such(tmp_path: Path) -> None:
    database = Database(parse_url(f"sqlite:///{tmp_path / 'nowhere' / 'kept.db'}"))
    with pytest.raises(StorageUnavailable):
        await SqlBatchRepository(database, SystemClock()).create(MINE)
    await database.close()
