"""Work queue in a SQL table: rows are claimed under a lease (SKIP LOCKED on PostgreSQL), and again once it expires."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import or_, select, update

from subtext.errors import StorageUnavailable
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from sqlalchemy import Column, ColumnElement, Row, Table

    from subtext.storage.database import Database

WAITING, RUNNING = "waiting", "running"
_log = structlog.get_logger("subtext.store")


async def claim_next(database: Database, key: Column[str], now: datetime, lease: timedelta) -> Row[Any] | None:
    """Claim the oldest due row under a lease, and return it as claimed; None if there is none.

    `key` is the primary key of a table with `state`, `tries` and `free_at`: from this moment a waiting row is due,
    and the lease of a running row has expired.
    """
    table = key.table
    oldest = select(key).where(_is_due(table, now)).order_by(table.c.free_at).limit(1)
    async with database.transaction() as connection:
        if database.dialect == "postgresql":
            oldest = oldest.with_for_update(skip_locked=True)
        claim = (
            update(table)
            .where(key == oldest.scalar_subquery(), _is_due(table, now))
            .values(state=RUNNING, tries=table.c.tries + 1, free_at=now + lease)
            .returning(*table.c)
        )
        return (await connection.execute(claim)).one_or_none()


async def update_claimed(
    database: Database, key: Column[str], value: str, *, claimed_tries: int | None = None, **values: Any
) -> None:
    """Update a row that is being processed, unless another worker has settled it.

    With `claimed_tries`, the number of tries at the claim, also unless another worker has claimed it since.
    """
    running = (key == value) & (key.table.c.state == RUNNING)
    if claimed_tries is not None:
        running &= key.table.c.tries == claimed_tries
    async with database.transaction() as connection:
        await connection.execute(update(key.table).where(running).values(**values))


async def run_workers(
    process_next: Callable[[], Awaitable[bool]], *, parallel: int, poll_s: float, wake_up: asyncio.Event | None = None
) -> None:
    """Run workers until cancelled: `process_next` claims a row and returns whether there was any.

    If there was none, all look again when `wake_up` is set, and one of them after `poll_s`, as another process may have
    left something.
    """
    wake_up, poller = wake_up or asyncio.Event(), asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for _ in range(parallel):
            group.create_task(_run_worker(process_next, poll_s, wake_up, poller))


async def _run_worker(
    process_next: Callable[[], Awaitable[bool]], poll_s: float, wake_up: asyncio.Event, poller: asyncio.Lock
) -> None:
    while True:
        if await _process_safely(process_next):
            # Where there was one row there may be more, for those that wait.
            wake_up.set()
            continue
        wake_up.clear()
        # Once more, for what came before the event was cleared.
        if await _process_safely(process_next):
            continue
        # Of the idle workers one waits for its turn to poll, and the others for that one.
        async with poller:
            # Not `wait_for`, which in Python 3.11 swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll_s):
                    await wake_up.wait()


async def _process_safely(process_next: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await process_next()
    except StorageUnavailable as error:
        _log.warning("work_queue_unreachable", code=error.code)
    except Exception as error:  # noqa: BLE001 - the edge of a job: a row that fails oddly must not end the workers
        log_failure("work_queue_failed", error)
    return False


def _is_due(table: Table, now: datetime) -> ColumnElement[bool]:
    return or_(table.c.state == WAITING, table.c.state == RUNNING) & (table.c.free_at <= now)
