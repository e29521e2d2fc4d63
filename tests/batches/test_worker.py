"""The worker: an item that kills its process is found out, fails alone, and lets its batch end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from subtext.batches.ports import ItemResult
from subtext.batches.worker import BatchWorker
from subtext.clock import SystemClock
from subtext.domain.batch import ATTEMPTS_ALONE_MAX, ATTEMPTS_TOGETHER_MAX, BatchState, ItemState, NewItem
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database
from tests.support.owners import MINE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from subtext.domain.caller import Owner

DEADLY = "2"


class Killed(BaseException):
    """What ends a process in the middle of an item."""


async def answer(request: str, owner: Owner) -> ItemResult:
    """Answer any item but the deadly one."""
    assert owner == MINE
    if request == DEADLY:
        raise Killed
    return ItemResult(ItemState.DONE, request)


async def submit(store: SqlBatchRepository) -> str:
    batch_id = await store.create(MINE)
    await store.add_items(batch_id, [NewItem(at, f"i{at}", str(at)) for at in range(5)])
    await store.transition(batch_id, BatchState.QUEUED)
    return batch_id


async def work_until_it_ends(store: SqlBatchRepository, batch_id: str) -> int:
    """Work on a batch, each time as a new process, and return how many of these died."""
    for deaths in range(20):
        with suppress(Killed, BaseExceptionGroup):
            await BatchWorker(store, answer, parallel=5).process_chunk(batch_id, MINE, 0)
            return deaths
    raise AssertionError("it goes on for ever")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlBatchRepository]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        yield SqlBatchRepository(database, SystemClock())


async def test_an_item_that_kills_its_process_fails_alone(store: SqlBatchRepository) -> None:
    batch_id = await submit(store)

    deaths = await work_until_it_ends(store, batch_id)

    items = await store.list_items(batch_id, start=0, limit=9)
    assert deaths == ATTEMPTS_TOGETHER_MAX + ATTEMPTS_ALONE_MAX
    assert [item.state for item in items] == [ItemState.DONE] * 2 + [ItemState.FAILED] + [ItemState.DONE] * 2
    assert '"code":"internal"' in (items[2].problem or "")
    assert (await store.get(batch_id, MINE)).state is BatchState.PARTIAL


async def test_an_item_whose_result_cannot_be_stored_fails_alone(store: SqlBatchRepository) -> None:
    async def answer_oddly(request: str, owner: Owner) -> ItemResult:
        # No driver has a column for it.
        return ItemResult(ItemState.DONE, object() if request == DEADLY else request)  # type: ignore[arg-type]

    batch_id = await submit(store)

    await BatchWorker(store, answer_oddly, parallel=5).process_chunk(batch_id, MINE, 0)

    items = await store.list_items(batch_id, start=0, limit=9)
    assert [item.state for item in items] == [ItemState.DONE] * 2 + [ItemState.FAILED] + [ItemState.DONE] * 2
    assert '"code":"internal"' in (items[2].problem or "")


async def test_it_is_tried_as_often_again_once_it_is_retried(store: SqlBatchRepository) -> None:
    batch_id = await submit(store)
    await work_until_it_ends(store, batch_id)

    await store.retry_failed(batch_id)

    assert await work_until_it_ends(store, batch_id) == ATTEMPTS_TOGETHER_MAX + ATTEMPTS_ALONE_MAX
