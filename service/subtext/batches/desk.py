"""Where batches are handed in: accepted once they are kept, handed out as soon as the job engine is there."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from subtext.batches.batch import BatchState
from subtext.domain.errors import RequestInvalid, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.batch import Batch, Item, NewItem
    from subtext.batches.ports import BatchStore, Jobs

_AGAIN_S = 2.0
_PAGE = 200


def to_result_line(item: Item) -> bytes:
    """Return an item as a line of results; its documents are JSON already, so they are put in as they were stored."""
    known = json.dumps({"custom_id": item.custom_id, "position": item.position, "state": item.state})
    return f'{known[:-1]}, "result": {item.result or "null"}, "problem": {item.problem or "null"}}}\n'.encode()


class Desk:
    """Submits, cancels and retries batches."""

    def __init__(self, store: BatchStore, jobs: Jobs) -> None:
        self.store = store
        self._jobs = jobs
        self._handing_out: set[asyncio.Task[None]] = set()

    async def submit(self, owner: str, groups: AsyncIterator[list[NewItem]]) -> Batch:
        """The accepted batch; raises `RequestInvalid` where there is no line, and then nothing is kept."""
        batch_id = await self.store.begin(owner)
        try:
            await self._receive(batch_id, groups)
        except BaseException:
            await asyncio.shield(self.store.discard(batch_id))
            raise
        batch = await self.store.get(batch_id, owner)
        self._hand_out(batch)
        return batch

    async def _receive(self, batch_id: str, groups: AsyncIterator[list[NewItem]]) -> None:
        is_empty = True
        async for group in groups:
            await self.store.add(batch_id, group)
            is_empty = False
        if is_empty:
            raise RequestInvalid("the batch has no lines: send one JSON object a line")
        await self.store.move(batch_id, BatchState.QUEUED)

    async def cancel(self, batch_id: str, owner: str) -> Batch:
        """The batch, cancelled; what is being answered is still answered. Raises `BatchConflict`, `BatchUnknown`."""
        batch = await self.store.get(batch_id, owner)
        if batch.state is not BatchState.CANCELLED:
            batch.require(BatchState.CANCELLED)
            await self.store.move(batch_id, BatchState.CANCELLED)
        await self.store.cancel_waiting(batch_id)
        return await self.store.get(batch_id, owner)

    async def retry(self, batch_id: str, owner: str) -> Batch:
        """The batch with its failed items waiting again; raises `BatchConflict` unless it is `partial`."""
        (await self.store.get(batch_id, owner)).require(BatchState.QUEUED)
        await self.store.reopen(batch_id)
        batch = await self.store.get(batch_id, owner)
        self._hand_out(batch)
        return batch

    async def hand_out_all(self) -> None:
        """Hand out what a process that ended may have left: doing it twice changes nothing."""
        for batch in await self.store.undelivered():
            self._hand_out(batch)

    async def iter_result_lines(self, batch_id: str) -> AsyncIterator[bytes]:
        """Iterate over every item of a batch in input order, as lines of JSON, many at a time."""
        start = 0
        while items := await self.store.items(batch_id, start=start, limit=_PAGE):
            yield b"".join(to_result_line(item) for item in items)
            start = items[-1].position + 1

    async def close(self) -> None:
        """Leave what is not handed out yet to the next start."""
        for task in self._handing_out:
            task.cancel()
        await asyncio.gather(*self._handing_out, return_exceptions=True)

    def _hand_out(self, batch: Batch) -> None:
        task = asyncio.create_task(self._until_handed_out(batch))
        self._handing_out.add(task)
        task.add_done_callback(self._handing_out.discard)

    async def _until_handed_out(self, batch: Batch) -> None:
        while True:
            try:
                return await self._jobs.submit(batch)
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN_S)
