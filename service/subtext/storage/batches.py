"""Batches in a SQL database: SQLite or PostgreSQL, the same statements."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, insert, or_, select, update

from subtext.domain.batch import FINAL, UNFINISHED, Batch, BatchState, Item, ItemState, predecessors
from subtext.errors import BatchNotFound
from subtext.storage.database import ensure_utc
from subtext.storage.tables import BATCHES, ITEMS
from subtext.storage.webhooks import enqueue_deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.domain.batch import NewItem
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

_UPLOAD_MAX = timedelta(hours=2)
_STAMPS = {BatchState.RUNNING: "started_at", **dict.fromkeys(FINAL, "ended_at")}


class SqlBatchRepository:
    """A `BatchStore` over a database that somebody else opens and closes; raises `StorageUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner: Owner) -> str:
        """The id of a new batch; ids grow with time, so that they order the list."""
        batch_id = f"bat_{time.time_ns() // 1_000:014x}{secrets.token_hex(8)}"
        row = {"id": batch_id, "owner": owner, "state": BatchState.RECEIVING, "total": 0, "round": 0}
        async with self._database.transaction() as connection:
            await connection.execute(insert(BATCHES).values(**row, created_at=datetime.now(UTC)))
        return batch_id

    async def add_items(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Keep lines in one transaction; a line with a problem is settled with it."""
        rows = [
            {
                "batch_id": batch_id,
                "position": item.position,
                "custom_id": item.custom_id,
                "state": ItemState.FAILED if item.problem else ItemState.WAITING,
                "ask": item.ask,
                "problem": item.problem,
            }
            for item in items
        ]
        more = update(BATCHES).where(BATCHES.c.id == batch_id).values(total=BATCHES.c.total + len(rows))
        async with self._database.transaction() as connection:
            await connection.execute(insert(ITEMS), rows)
            await connection.execute(more)

    async def delete(self, batch_id: str) -> None:
        """Forget a batch whose upload was broken off."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(ITEMS).where(ITEMS.c.batch_id == batch_id))
            await connection.execute(delete(BATCHES).where(BATCHES.c.id == batch_id))

    async def get(self, batch_id: str, owner: Owner) -> Batch:
        """The batch as it stands; raises `BatchNotFound`."""
        mine = (BATCHES.c.id == batch_id) & (BATCHES.c.owner == owner) & (BATCHES.c.state != BatchState.RECEIVING)
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(BATCHES).where(mine))).one_or_none()
            if row is None:
                raise BatchNotFound("there is no such batch: GET /v1/batches lists yours")
            return (await _with_counts(connection, [row]))[0]

    async def list_batches(self, owner: Owner, *, before: str | None, limit: int) -> list[Batch]:
        """The owner's batches, the newest first."""
        wanted = select(BATCHES).where(BATCHES.c.owner == owner, BATCHES.c.state != BatchState.RECEIVING)
        if before is not None:
            wanted = wanted.where(BATCHES.c.id < before)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted.order_by(BATCHES.c.id.desc()).limit(limit))).all()
            return await _with_counts(connection, rows)

    async def transition(self, batch_id: str, state: BatchState) -> bool:
        """Whether this call brought the batch into `state`: of many at once, one, which also tells the webhooks."""
        async with self._database.transaction() as connection:
            moved = await _move(connection, batch_id, state)
            if moved and state in FINAL:
                counts = (await _counts(connection, batch_id))[batch_id]
                await enqueue_deliveries(connection, batch_id, state, counts, datetime.now(UTC))
        return moved

    async def retry_failed(self, batch_id: str) -> None:
        """Let the failed items wait again; those that never were a question stay failed."""
        failed = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.state == ItemState.FAILED) & ITEMS.c.ask.is_not(None)
        async with self._database.transaction() as connection:
            if await _move(connection, batch_id, BatchState.QUEUED):
                await connection.execute(update(ITEMS).where(failed).values(state=ItemState.WAITING, problem=None))
                again = {"round": BATCHES.c.round + 1, "started_at": None, "ended_at": None}
                await connection.execute(update(BATCHES).where(BATCHES.c.id == batch_id).values(**again))

    async def cancel_waiting(self, batch_id: str) -> None:
        """Cancel the items that nobody works on; their articles are forgotten."""
        waiting = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.state == ItemState.WAITING)
        async with self._database.transaction() as connection:
            await connection.execute(update(ITEMS).where(waiting).values(state=ItemState.CANCELLED, ask=None))

    async def claim(self, batch_id: str, first: int, count: int) -> list[Item]:
        """The open items of a portion, marked as running; none of a batch that has ended."""
        ours = (ITEMS.c.batch_id == batch_id) & ITEMS.c.position.between(first, first + count - 1)
        opened = ours & ITEMS.c.state.in_(UNFINISHED)
        async with self._database.transaction() as connection:
            await _move(connection, batch_id, BatchState.RUNNING)
            state = await connection.scalar(select(BATCHES.c.state).where(BATCHES.c.id == batch_id))
            if state != BatchState.RUNNING:
                return []
            await connection.execute(update(ITEMS).where(opened).values(state=ItemState.RUNNING))
            rows = (await connection.execute(select(ITEMS).where(opened).order_by(ITEMS.c.position))).all()
        return [_item(row) for row in rows]

    async def complete_item(self, batch_id: str, position: int, state: ItemState, document: str) -> bool:
        """Whether this call settled the item: what is settled stays as it is.

        The article is forgotten then, but for what failed, which may be tried again.
        """
        running = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.position == position) & (ITEMS.c.state == ItemState.RUNNING)
        outcome = {"result": document, "ask": None} if state is ItemState.DONE else {"problem": document}
        async with self._database.transaction() as connection:
            changed = await connection.execute(update(ITEMS).where(running).values(state=state, **outcome))
            return changed.rowcount == 1

    async def items(self, batch_id: str, *, start: int, limit: int) -> list[Item]:
        """Items in input order, from position `start` on."""
        wanted = select(ITEMS).where(ITEMS.c.batch_id == batch_id, ITEMS.c.position >= start)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted.order_by(ITEMS.c.position).limit(limit))).all()
        return [_item(row) for row in rows]

    async def delete_abandoned_uploads(self) -> None:
        """Forget uploads that a process left when it died; none takes as long as this."""
        old = datetime.now(UTC) - _UPLOAD_MAX
        await self._delete_all((BATCHES.c.state == BatchState.RECEIVING) & (BATCHES.c.created_at < old))

    async def delete_older_than(self, moment: datetime) -> int:
        """How many batches were forgotten because they ended earlier."""
        return await self._delete_all(BATCHES.c.state.in_(FINAL) & (BATCHES.c.ended_at < moment))

    async def _delete_all(self, which: ColumnElement[bool]) -> int:
        async with self._database.transaction() as connection:
            ids = list((await connection.execute(select(BATCHES.c.id).where(which))).scalars())
        for batch_id in ids:
            await self.delete(batch_id)
        return len(ids)

    async def list_unqueued(self) -> list[Batch]:
        """Batches of all owners that may not have been handed out: handing out twice changes nothing."""
        waiting = or_(BATCHES.c.state == BatchState.QUEUED, BATCHES.c.state == BatchState.RUNNING)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(BATCHES).where(waiting).order_by(BATCHES.c.id))).all()
            return await _with_counts(connection, rows)


async def _move(connection: AsyncConnection, batch_id: str, state: BatchState) -> bool:
    values: dict[str, Any] = {"state": state}
    if state in _STAMPS:
        values[_STAMPS[state]] = datetime.now(UTC)
    may = (BATCHES.c.id == batch_id) & BATCHES.c.state.in_(predecessors(state))
    return (await connection.execute(update(BATCHES).where(may).values(**values))).rowcount == 1


async def _counts(connection: AsyncConnection, *batch_ids: str) -> dict[str, dict[ItemState, int]]:
    counting = (
        select(ITEMS.c.batch_id, ITEMS.c.state, func.count())
        .where(ITEMS.c.batch_id.in_(batch_ids))
        .group_by(ITEMS.c.batch_id, ITEMS.c.state)
    )
    counts: dict[str, dict[ItemState, int]] = {batch_id: dict.fromkeys(ItemState, 0) for batch_id in batch_ids}
    for batch_id, state, count in await connection.execute(counting):
        counts[batch_id][ItemState(state)] = count
    return counts


async def _with_counts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Batch]:
    counts = await _counts(connection, *(row.id for row in rows))
    return [
        Batch(
            row.id,
            row.owner,
            BatchState(row.state),
            row.total,
            counts[row.id],
            _utc(row.created_at) or datetime.now(UTC),
            _utc(row.started_at),
            _utc(row.ended_at),
            row.round,
        )
        for row in rows
    ]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else ensure_utc(moment)


def _item(row: Row[Any]) -> Item:
    return Item(row.position, row.custom_id, ItemState(row.state), row.ask, row.result, row.problem)
