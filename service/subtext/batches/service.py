"""Batch service: store uploads, enqueue them, and cancel and retry batches."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from subtext.domain.batch import BatchState
from subtext.errors import RequestInvalid, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.ports import BatchQueue, BatchRepository
    from subtext.domain.batch import Batch, Item, NewItem
    from subtext.domain.caller import Owner

_RETRY_S = 2.0
_PAGE = 200


def to_result_line(item: Item) -> bytes:
    """Return an item as an NDJSON line of results; its documents are JSON already, so they are spliced in as stored."""
    head = json.dumps({"custom_id": item.custom_id, "position": item.position, "state": item.state})
    return f'{head[:-1]}, "result": {item.result or "null"}, "problem": {item.problem or "null"}}}\n'.encode()


class BatchService:
    """Submit, cancel and retry batches."""

    def __init__(self, repository: BatchRepository, queue: BatchQueue) -> None:
        self.repository = repository
        self._queue = queue
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, owner: Owner, groups: AsyncIterator[list[NewItem]]) -> Batch:
        """Store a batch and enqueue it; raises `RequestInvalid` if it has no items, and then stores nothing."""
        batch_id = await self.repository.create(owner)
        try:
            await self._store_items(batch_id, groups)
        except BaseException:
            await asyncio.shield(self.repository.delete(batch_id))
            raise
        batch = await self.repository.get(batch_id, owner)
        self._start_enqueueing(batch)
        return batch

    async def _store_items(self, batch_id: str, groups: AsyncIterator[list[NewItem]]) -> None:
        is_empty = True
        async for group in groups:
            await self.repository.add_items(batch_id, group)
            is_empty = False
        if is_empty:
            raise RequestInvalid("the batch has no lines: send one JSON object a line")
        await self.repository.transition(batch_id, BatchState.QUEUED)

    async def cancel(self, batch_id: str, owner: Owner) -> Batch:
        """Cancel a batch; items in progress are still completed.

        Raises `InvalidBatchTransition`, `BatchNotFound`.
        """
        batch = await self.repository.get(batch_id, owner)
        if batch.state is not BatchState.CANCELLED:
            batch.require_transition(BatchState.CANCELLED)
            await self.repository.transition(batch_id, BatchState.CANCELLED)
        await self.repository.cancel_waiting(batch_id)
        return await self.repository.get(batch_id, owner)

    async def retry(self, batch_id: str, owner: Owner) -> Batch:
        """Retry the failed items of a batch; raises `InvalidBatchTransition` unless it is `partial`."""
        (await self.repository.get(batch_id, owner)).require_transition(BatchState.QUEUED)
        await self.repository.retry_failed(batch_id)
        batch = await self.repository.get(batch_id, owner)
        self._start_enqueueing(batch)
        return batch

    async def enqueue_pending(self) -> None:
        """Enqueue batches that a stopped process may have left (idempotent)."""
        for batch in await self.repository.list_unqueued():
            self._start_enqueueing(batch)

    async def iter_result_lines(self, batch_id: str) -> AsyncIterator[bytes]:
        """Iterate over every item of a batch in input order, as chunks of NDJSON lines."""
        start = 0
        while items := await self.repository.list_items(batch_id, start=start, limit=_PAGE):
            yield b"".join(to_result_line(item) for item in items)
            start = items[-1].position + 1

    async def close(self) -> None:
        """Stop enqueueing; what is left is enqueued at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_enqueueing(self, batch: Batch) -> None:
        task = asyncio.create_task(self._enqueue_with_retry(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _enqueue_with_retry(self, batch: Batch) -> None:
        while True:
            try:
                return await self._queue.enqueue(batch)
            except StorageUnavailable:
                await asyncio.sleep(_RETRY_S)
