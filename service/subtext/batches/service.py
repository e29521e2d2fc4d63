"""Where batches are handed in: accepted once they are kept, handed out as soon as the job engine is there."""

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
    """Return an item as a line of results; its documents are JSON already, so they are put in as they were stored."""
    known = json.dumps({"custom_id": item.custom_id, "position": item.position, "state": item.state})
    return f'{known[:-1]}, "result": {item.result or "null"}, "problem": {item.problem or "null"}}}\n'.encode()


class BatchService:
    """Submits, cancels and retries batches."""

    def __init__(self, repository: BatchRepository, queue: BatchQueue) -> None:
        self.repository = repository
        self._queue = queue
        self._enqueueing: set[asyncio.Task[None]] = set()

    async def submit(self, owner: Owner, groups: AsyncIterator[list[NewItem]]) -> Batch:
        """The accepted batch; raises `RequestInvalid` where there is no line, and then nothing is kept."""
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
        """The batch, cancelled; what is being answered is still answered.

        Raises `InvalidBatchTransition`, `BatchNotFound`.
        """
        batch = await self.repository.get(batch_id, owner)
        if batch.state is not BatchState.CANCELLED:
            batch.require_transition(BatchState.CANCELLED)
            await self.repository.transition(batch_id, BatchState.CANCELLED)
        await self.repository.cancel_waiting(batch_id)
        return await self.repository.get(batch_id, owner)

    async def retry(self, batch_id: str, owner: Owner) -> Batch:
        """The batch with its failed items waiting again; raises `InvalidBatchTransition` unless it is `partial`."""
        (await self.repository.get(batch_id, owner)).require_transition(BatchState.QUEUED)
        await self.repository.retry_failed(batch_id)
        batch = await self.repository.get(batch_id, owner)
        self._start_enqueueing(batch)
        return batch

    async def enqueue_pending(self) -> None:
        """Hand out what a process that ended may have left: doing it twice changes nothing."""
        for batch in await self.repository.list_unqueued():
            self._start_enqueueing(batch)

    async def iter_result_lines(self, batch_id: str) -> AsyncIterator[bytes]:
        """Iterate over every item of a batch in input order, as lines of JSON, many at a time."""
        start = 0
        while items := await self.repository.items(batch_id, start=start, limit=_PAGE):
            yield b"".join(to_result_line(item) for item in items)
            start = items[-1].position + 1

    async def close(self) -> None:
        """Leave what is not handed out yet to the next start."""
        for task in self._enqueueing:
            task.cancel()
        await asyncio.gather(*self._enqueueing, return_exceptions=True)

    def _start_enqueueing(self, batch: Batch) -> None:
        task = asyncio.create_task(self._enqueue_with_retry(batch))
        self._enqueueing.add(task)
        task.add_done_callback(self._enqueueing.discard)

    async def _enqueue_with_retry(self, batch: Batch) -> None:
        while True:
            try:
                return await self._queue.enqueue(batch)
            except StorageUnavailable:
                await asyncio.sleep(_RETRY_S)
