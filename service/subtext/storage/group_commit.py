"""Writing in groups: what many requests want kept at one time is committed at once, and each waits for that commit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_Row = TypeVar("_Row")
_Result = TypeVar("_Result")
# One statement of this many rows; more wait for the next commit.
_GROUP_MAX = 200


class GroupCommit(Generic[_Row, _Result]):
    """Hands rows to `write` in groups, which gives a result for each: the next gathers while one is being committed.

    A commit reaches the disk, which costs the same for one row as for many.
    """

    def __init__(self, write: Callable[[list[_Row]], Awaitable[Sequence[_Result]]]) -> None:
        self._write = write
        self._waiting: list[tuple[_Row, asyncio.Future[_Result]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, row: _Row) -> _Result:
        """The row's result, once it is committed; raises what `write` raised for its group."""
        committed: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await committed

    async def close(self) -> None:
        """Commit what still waits."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_GROUP_MAX], self._waiting[_GROUP_MAX:]
            waiting = [committed for _, committed in group]
            try:
                _tell(waiting, await self._write([row for row, _ in group]))
            except Exception as error:  # noqa: BLE001 - each that waits for this commit is told, and handles it
                _fail(waiting, error)
        self._writing = None


def _tell(waiting: list[asyncio.Future[_Result]], results: Sequence[_Result]) -> None:
    for committed, result in zip(waiting, results, strict=True):
        # Who went away meanwhile need not be told.
        if not committed.done():
            committed.set_result(result)


def _fail(waiting: list[asyncio.Future[_Result]], error: Exception) -> None:
    for committed in waiting:
        if not committed.done():
            committed.set_exception(error)
