"""Statistics of the work that waits in the database, for its gauges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, func, select

from subtext.domain.batch import UNFINISHED, BatchState
from subtext.storage.database import ensure_utc
from subtext.storage.tables import BATCHES, ITEMS, SLACK_DELIVERIES, WEBHOOK_DELIVERIES
from subtext.storage.work_queue import RUNNING, WAITING
from subtext.telemetry.queue_statistics import QueueStatistics

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.storage.database import Database

_QUEUES = {"webhooks": WEBHOOK_DELIVERIES, "slack": SLACK_DELIVERIES}
_UNFINISHED_BATCH = BATCHES.c.state.in_((BatchState.QUEUED, BatchState.RUNNING))


class SqlQueueStatistics:
    """Count the work that waits; finished batches, which may be many, are not looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> QueueStatistics:
        """Return how much work waits now; raises `StorageUnavailable`, also for a database that can only be read."""
        # Apart: SQLite would keep the lock for writing while the rows are counted.
        await self._database.require_writable()
        async with self._database.transaction() as connection:
            items = await _count_items(connection)
            oldest = await connection.scalar(select(func.min(BATCHES.c.created_at)).where(_UNFINISHED_BATCH))
            depths = {name: await _count_open(connection, table) for name, table in _QUEUES.items()}
        depths["batch_items"] = sum(items.values())
        return QueueStatistics(items, None if oldest is None else ensure_utc(oldest), depths)


async def _count_items(connection: AsyncConnection) -> dict[str, int]:
    """Count the open items of unfinished batches by state."""
    query = (
        select(ITEMS.c.state, func.count())
        .join(BATCHES, BATCHES.c.id == ITEMS.c.batch_id)
        .where(_UNFINISHED_BATCH, ITEMS.c.state.in_(UNFINISHED))
        .group_by(ITEMS.c.state)
    )
    counts = {state.value: 0 for state in UNFINISHED}
    counts.update((state, count) for state, count in await connection.execute(query))
    return counts


async def _count_open(connection: AsyncConnection, table: Table) -> int:
    """Count the rows of a work queue that are not settled."""
    query = select(func.count()).select_from(table).where(table.c.state.in_((WAITING, RUNNING)))
    return (await connection.execute(query)).scalar_one()
