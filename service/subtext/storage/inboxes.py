"""Rows that wait to be worked on: each taken by one worker at a time, and taken over from one that died."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import or_, select, update

from subtext.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Column, ColumnElement, Row, Table

    from subtext.storage.database import Database

WAITING, RUNNING = "waiting", "running"
_log = structlog.get_logger("subtext.store")


async def take(database: Database, key: Column[str], now: datetime, lease: timedelta) -> Row[Any] | None:
    """The row that waits longest, as it is once it is taken, ours for as long as the lease.

    `key` is the primary key of a table with `state`, `tries` and `free_at`: waiting, not before that moment; running,
    free for others after it.
    """
    table = key.table
    oldest = select(key).where(_is_free(table, now)).order_by(table.c.free_at).limit(1)
    async with database.transaction() as connection:
        if database.engine.dialect.name == "postgresql":
            oldest = oldest.with_for_update(skip_locked=True)
        taking = (
            update(table)
            .where(key == oldest.scalar_subquery(), _is_free(table, now))
            .values(state=RUNNING, tries=table.c.tries + 1, free_at=now + lease)
            .returning(*table.c)
        )
        return (await connection.execute(taking)).one_or_none()


async def change(database: Database, key: Column[str], value: str, **values: Any) -> None:
    """Change a row that is being worked on; what somebody settled meanwhile stays as it is."""
    running = (key == value) & (key.table.c.state == RUNNING)
    async with database.transaction() as connection:
        await connection.execute(update(key.table).where(running).values(**values))


async def work_off(
    one: Callable[[], Awaitable[bool]], *, parallel: int, poll_s: float, came: asyncio.Event | None = None
) -> None:
    """Work until cancelled: `one` takes a row and says whether there was any; where none was, look again later.

    Later is when `came` is set, or after `poll_s`, as another process may have left something.
    """
    came = came or asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(parallel):
            group.create_task(_work(one, poll_s, came))


async def _work(one: Callable[[], Awaitable[bool]], poll_s: float, came: asyncio.Event) -> None:
    while True:
        came.clear()
        try:
            is_idle = not await one()
        except StoreUnavailable as error:
            _log.warning("inbox_unreachable", code=error.code)
            is_idle = True
        if is_idle:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(came.wait(), poll_s)


def _is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    return or_(table.c.state == WAITING, table.c.state == RUNNING) & (table.c.free_at <= now)
