"""Writing in groups: what many requests want kept at one time is committed at once, and each waits for that commit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_Row = TypeVar("_Row")
# One statement of this many rows; more wait for the next commit.
_GROUP_MAX = 200


class GroupCommit(Generic[_Row]):
    """Hands rows to `write` in groups: the next group gathers while one is being committed.

    A commit reaches the disk, which costs the same for one row as for many.
    """

    def __init__(self, write: Callable[[list[_Row]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[_Row, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, row: _Row) -> None:
        """Return once the row is committed; raises what `write` raised for its group."""
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await committed

    async def close(self) -> None:
        """Commit what still waits."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_GROUP_MAX], self._waiting[_GROUP_MAX:]
            failure: Exception | None = None
            try:
                await self._write([row for row, _ in group])
            except Exception as error:  # noqa: BLE001 - each that waits for this commit is told, and handles it
                failure = error
            _tell([committed for _, committed in group], failure)
        self._writing = None


def _tell(waiting: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for committed in waiting:
        # Who went away meanwhile need not be told.
        if committed.done():
            continue
        if failure is None:
            committed.set_result(None)
        else:
            committed.set_exception(failure)
