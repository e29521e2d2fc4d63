"""Batch service: store uploads, enqueue them, and cancel and retry batches."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from subtext.domain.batch import BATCHES_PATH, BatchState, ItemState
from subtext.errors import AnalysisNotFound, BatchNotFound, IdempotencyMismatch, RequestInvalid
from subtext.ids import new_request_id, uuid7_milliseconds
from subtext.schemas.problem import problem_from_error
from subtext.storage.background import log_step_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.ports import BatchQueue, BatchRepository
    from subtext.domain.batch import Batch, Item, NewItem
    from subtext.domain.caller import Owner

_RETRY_S = 2.0
_PAGE = 200


def to_result_line(item: Item) -> bytes:
    """Return an item as an NDJSON line of results; its documents are JSON already, so they are spliced in as stored.

    An item that was done and has no result any more is failed here, with a problem: its analysis was deleted.
    """
    is_deleted = item.state is ItemState.DONE and item.result is None
    state, problem = (ItemState.FAILED, _describe_deletion()) if is_deleted else (item.state, item.problem)
    head = json.dumps({"custom_id": item.custom_id, "position": item.position, "state": state})
    return f'{head[:-1]}, "result": {item.result or "null"}, "problem": {problem or "null"}}}\n'.encode()


def _describe_deletion() -> str:
    error = AnalysisNotFound("the analysis of this item was deleted: send the article again for a new one")
    return problem_from_error(error, instance=BATCHES_PATH, request_id=new_request_id()).model_dump_json()


def derive_batch_id(repeatable_id: str) -> str:
    """Return the id of a batch that a repeatable request submits; as all ids of batches, it grows with time."""
    return f"bat_{uuid7_milliseconds(repeatable_id) * 1_000:014x}{repeatable_id.replace('-', '')[-16:]}"


async def _require_same_size(batch: Batch, groups: AsyncIterator[list[NewItem]]) -> Batch:
    """Read an upload to its end, and return the batch that was stored of it before."""
    total = sum([len(group) async for group in groups])
    if total != batch.total:
        raise IdempotencyMismatch(
            f"this Idempotency-Key was used for a batch of {batch.total} items: take a new key for a new one"
        )
    return batch


class BatchService:
    """Submit, cancel and retry batches."""

    def __init__(self, repository: BatchRepository, queue: BatchQueue) -> None:
        self.repository = repository
        self._queue = queue
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(
        self, owner: Owner, groups: AsyncIterator[list[NewItem]], repeatable_id: str | None = None
    ) -> Batch:
        """Store a batch and enqueue it; raises `RequestInvalid` if it has no items, and then stores nothing.

        An upload that is repeated under its `repeatable_id` (a UUID version 7) after a crash is not stored twice:
        raises `IdempotencyMismatch` if it is not the same.
        """
        batch_id = None if repeatable_id is None else derive_batch_id(repeatable_id)
        if batch_id is not None:
            with contextlib.suppress(BatchNotFound):
                batch = await _require_same_size(await self.repository.get(batch_id, owner), groups)
                # The process that stored it may have died before it enqueued it.
                self._start_enqueueing(batch)
                return batch
            # What a process that died was receiving.
            await self.repository.delete(batch_id)
        batch_id = await self.repository.create(owner, batch_id)
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
            except Exception as error:  # noqa: BLE001 - the edge of a task: nobody awaits it
                log_step_failure("enqueueing_failed", error, batch=batch.id)
            await asyncio.sleep(_RETRY_S)
