"""Group commit: a row that comes alone is written at once, those of a busy moment together, and none waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from subtext.errors import StorageUnavailable
from subtext.storage.group_commit import INTERVAL_S, WRITE_MAX_S, GroupCommit
from tests.support.virtual_time import run_in_virtual_time

ROWS = 40


class Writes:
    """Record the groups that were written, and when."""

    def __init__(self) -> None:
        self.groups: list[tuple[float, list[int]]] = []

    async def __call__(self, rows: list[int]) -> list[int]:
        self.groups.append((asyncio.get_running_loop().time(), rows))
        return [-row for row in rows]


def test_a_row_that_comes_alone_waits_for_no_other() -> None:
    async def main() -> Writes:
        writes = Writes()
        commit = GroupCommit(writes)
        for row in (1, 2):
            assert await commit.write(row) == -row
            await asyncio.sleep(INTERVAL_S)
        return writes

    assert run_in_virtual_time(main).groups == [(0.0, [1]), (INTERVAL_S, [2])]


def test_rows_that_come_within_an_interval_are_written_together() -> None:
    async def main() -> tuple[Writes, list[int]]:
        writes, results = Writes(), list[int]()
        commit = GroupCommit(writes)

        async def write(row: int) -> None:
            await asyncio.sleep(row * INTERVAL_S / 10)
            results.append(await commit.write(row))

        await asyncio.gather(*map(write, range(ROWS)))
        return writes, results

    writes, results = run_in_virtual_time(main)

    assert results == [-row for row in range(ROWS)]
    assert [row for _, rows in writes.groups for row in rows] == list(range(ROWS))
    assert len(writes.groups) <= 1 + ROWS / 10


def test_a_commit_that_hangs_holds_no_caller_and_begins_no_other_until_it_ends() -> None:
    async def main() -> tuple[list[float], int, list[int]]:
        loop, writes, goes_on = asyncio.get_running_loop(), Writes(), asyncio.Event()

        async def write(rows: list[int]) -> list[int]:
            results = await writes(rows)
            await goes_on.wait()
            return results

        commit, failed_at = GroupCommit(write), list[float]()
        for row in (1, 2):
            with pytest.raises(StorageUnavailable):
                await commit.write(row)
            failed_at.append(loop.time())
        begun = len(writes.groups)
        goes_on.set()
        await asyncio.sleep(INTERVAL_S)
        return failed_at, begun, [await commit.write(3)]

    assert run_in_virtual_time(main) == ([WRITE_MAX_S, WRITE_MAX_S], 1, [-3])
