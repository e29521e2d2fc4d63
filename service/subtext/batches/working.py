"""Working off a portion of a batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from subtext.batches.batch import PORTION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.batches.batch import Item, ItemState
    from subtext.batches.ports import BatchStore

    # What an item asks for and whose it is, to how it ended and the document that says so.
    Answering = Callable[[str, str], Awaitable[tuple[ItemState, str]]]


class Worker:
    """Answers portions, `parallel` items of all portions at a time."""

    def __init__(self, store: BatchStore, answer: Answering, *, parallel: int) -> None:
        self._store, self._answer = store, answer
        self._places = asyncio.Semaphore(parallel)

    async def work(self, batch_id: str, owner: str, first: int) -> None:
        """Every open item of a portion, settled; those settled before a worker died are not answered again."""
        items = await self._store.claim(batch_id, first, PORTION)
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(self._settle(batch_id, owner, item))
        outcome = (await self._store.get(batch_id, owner)).outcome
        if outcome is not None:
            await self._store.move(batch_id, outcome)

    async def _settle(self, batch_id: str, owner: str, item: Item) -> None:
        async with self._places:
            state, document = await self._answer(item.ask or "", owner)
            await self._store.settle(batch_id, item.position, state, document)
