"""Group commit: write the rows of concurrent requests in one transaction, and let each wait for that commit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from subtext.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_HANGS = "the database does not answer: try again later"
_Row = TypeVar("_Row")
_Result = TypeVar("_Result")
# Rows of one transaction; more wait for the next.
_GROUP_MAX = 200
# From one commit to the next (s). Each wakes a thread that takes the interpreter from the event loop several times,
# which under load costs a request a sixth of its CPU time.
INTERVAL_S = 0.025
# How long a commit may take (s): longer than SQLite waits for a lock. Callers are answered then, whatever became of it.
WRITE_MAX_S = 15.0


class GroupCommit(Generic[_Row, _Result]):
    """Write rows in groups, one transaction each: a row that comes alone at once, others together every `INTERVAL_S`.

    `write` returns a result for each row. A commit syncs the disk, which costs the same for one row as for many. While
    one hangs, no other is begun, so that a database that has stopped holds one thread, and no caller.
    """

    def __init__(self, write: Callable[[list[_Row]], Awaitable[Sequence[_Result]]]) -> None:
        self._write = write
        self._pending: list[tuple[_Row, asyncio.Future[_Result]]] = []
        self._task: asyncio.Task[None] | None = None
        self._next_at = 0.0
        self._overdue: asyncio.Future[Sequence[_Result]] | None = None

    async def write(self, row: _Row) -> _Result:
        """Write a row and return its result once it is committed.

        Raises what its transaction raised, or `StorageUnavailable` if that takes too long.
        """
        committed: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._pending.append((row, committed))
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())
        return await committed

    async def close(self) -> None:
        """Commit what still waits."""
        if self._task is not None:
            await self._task

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._pending:
            await asyncio.sleep(self._next_at - loop.time())
            self._next_at = loop.time() + INTERVAL_S
            group, self._pending = self._pending[:_GROUP_MAX], self._pending[_GROUP_MAX:]
            await self._write_group(group)
        self._task = None

    async def _write_group(self, group: list[tuple[_Row, asyncio.Future[_Result]]]) -> None:
        """Write a group; if a row of it cannot be written, which is no outage, each is written alone."""
        futures = [committed for _, committed in group]
        try:
            _set_results(futures, await self._write_in_time([row for row, _ in group]))
        except StorageUnavailable as error:
            _set_exceptions(futures, error)
        except Exception as error:  # noqa: BLE001 - raised in the caller whose row it is
            if len(group) == 1:
                _set_exceptions(futures, error)
                return
            for row in group:
                await self._write_group([row])

    async def _write_in_time(self, rows: list[_Row]) -> Sequence[_Result]:
        if self._overdue is not None and not self._overdue.done():
            raise StorageUnavailable(_HANGS)
        writing = asyncio.ensure_future(self._write(rows))
        await asyncio.wait({writing}, timeout=WRITE_MAX_S)
        if writing.done():
            return writing.result()
        self._overdue = writing
        # Its callers have been answered: nobody asks any more what it raises.
        writing.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise StorageUnavailable(_HANGS)


def _set_results(futures: list[asyncio.Future[_Result]], results: Sequence[_Result]) -> None:
    for committed, result in zip(futures, results, strict=True):
        # A cancelled caller no longer waits.
        if not committed.done():
            committed.set_result(result)


def _set_exceptions(futures: list[asyncio.Future[_Result]], error: Exception) -> None:
    for committed in futures:
        if not committed.done():
            committed.set_exception(error)
