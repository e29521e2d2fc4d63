"""Repository of batches and their items over SQL, with the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, case, delete, func, insert, or_, select, true, update

from subtext.domain.batch import (
    ATTEMPTS_TOGETHER_MAX,
    FINAL,
    UNFINISHED,
    Batch,
    BatchState,
    Item,
    ItemState,
    predecessors,
)
from subtext.errors import BatchNotFound
from subtext.storage.analyses import write_analyses
from subtext.storage.database import ensure_utc
from subtext.storage.tables import BATCHES, ITEMS
from subtext.storage.webhooks import enqueue_deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.analysis.ports import StoredAnalysis
    from subtext.clock import Clock
    from subtext.domain.batch import NewItem
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

_UPLOAD_MAX = timedelta(hours=2)
_STAMPS = {BatchState.RUNNING: "started_at", **dict.fromkeys(FINAL, "ended_at")}


class SqlBatchRepository:
    """Store batches in a database that the caller opens and closes; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def create(self, owner: Owner, batch_id: str | None = None) -> str:
        """Create a batch and return its id; ids grow with time, so they order the list."""
        now = self._clock.now()
        batch_id = batch_id or f"bat_{int(now.timestamp() * 1_000_000):014x}{secrets.token_hex(8)}"
        row = {"id": batch_id, "owner": owner, "state": BatchState.RECEIVING, "total": 0, "round": 0}
        async with self._database.transaction() as connection:
            await connection.execute(insert(BATCHES).values(**row, created_at=now))
        return batch_id

    async def add_items(self, batch_id: str, items: Sequence[NewItem]) -> None:
        """Add items in one transaction; an item with a problem has failed already."""
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
        count = update(BATCHES).where(BATCHES.c.id == batch_id).values(total=BATCHES.c.total + len(rows))
        async with self._database.transaction() as connection:
            await connection.execute(insert(ITEMS), rows)
            await connection.execute(count)

    async def delete(self, batch_id: str) -> None:
        """Delete a batch with its items."""
        await self._delete_if(batch_id, true())

    async def get(self, batch_id: str, owner: Owner) -> Batch:
        """Return the batch with its counts; raises `BatchNotFound`."""
        owned = (BATCHES.c.id == batch_id) & (BATCHES.c.owner == owner) & (BATCHES.c.state != BatchState.RECEIVING)
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(BATCHES).where(owned))).one_or_none()
            if row is None:
                raise BatchNotFound("there is no such batch: GET /v1/batches lists yours")
            return (await _with_counts(connection, [row]))[0]

    async def list_batches(self, owner: Owner, *, before: str | None, limit: int) -> list[Batch]:
        """List the owner's batches, newest first."""
        query = select(BATCHES).where(BATCHES.c.owner == owner, BATCHES.c.state != BatchState.RECEIVING)
        if before is not None:
            query = query.where(BATCHES.c.id < before)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query.order_by(BATCHES.c.id.desc()).limit(limit))).all()
            return await _with_counts(connection, rows)

    async def transition(self, batch_id: str, state: BatchState) -> bool:
        """Move a batch to `state`; of concurrent calls one returns True, and enqueues the webhook messages."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            is_moved = await _move(connection, batch_id, state, now)
            if is_moved and state in FINAL:
                counts = (await _count_items(connection, batch_id))[batch_id]
                await enqueue_deliveries(connection, batch_id, state, counts, now)
        return is_moved

    async def retry_failed(self, batch_id: str) -> None:
        """Set the failed items back to waiting, but for those that were never valid requests."""
        failed = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.state == ItemState.FAILED) & ITEMS.c.ask.is_not(None)
        async with self._database.transaction() as connection:
            if await _move(connection, batch_id, BatchState.QUEUED, self._clock.now()):
                waiting = {"state": ItemState.WAITING, "problem": None, "attempts": 0}
                await connection.execute(update(ITEMS).where(failed).values(**waiting))
                reset = {"round": BATCHES.c.round + 1, "started_at": None, "ended_at": None}
                await connection.execute(update(BATCHES).where(BATCHES.c.id == batch_id).values(**reset))

    async def cancel_waiting(self, batch_id: str) -> None:
        """Cancel the items that no worker has claimed, and delete their articles."""
        waiting = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.state == ItemState.WAITING)
        async with self._database.transaction() as connection:
            await _cancel(connection, waiting)

    async def claim(self, batch_id: str, first: int, count: int) -> list[Item]:
        """Claim the open items of a chunk and mark them as running; none if the batch has ended.

        Of a cancelled batch they are cancelled: the worker that had claimed them before is dead.
        """
        chunk = (ITEMS.c.batch_id == batch_id) & ITEMS.c.position.between(first, first + count - 1)
        unfinished = chunk & ITEMS.c.state.in_(UNFINISHED)
        counted = case(
            (ITEMS.c.attempts <= ATTEMPTS_TOGETHER_MAX, ITEMS.c.attempts + 1),
            else_=ITEMS.c.attempts,
        )
        async with self._database.transaction() as connection:
            await _move(connection, batch_id, BatchState.RUNNING, self._clock.now())
            state = await connection.scalar(select(BATCHES.c.state).where(BATCHES.c.id == batch_id))
            if state == BatchState.CANCELLED:
                await _cancel(connection, unfinished)
            if state != BatchState.RUNNING:
                return []
            await connection.execute(update(ITEMS).where(unfinished).values(state=ItemState.RUNNING, attempts=counted))
            rows = (await connection.execute(select(ITEMS).where(unfinished).order_by(ITEMS.c.position))).all()
        return [_to_item(row) for row in rows]

    async def count_attempt(self, batch_id: str, position: int) -> None:
        """Count an attempt at an item alone, before it begins."""
        item = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.position == position)
        async with self._database.transaction() as connection:
            await connection.execute(update(ITEMS).where(item).values(attempts=ITEMS.c.attempts + 1))

    async def complete_item(
        self, batch_id: str, position: int, state: ItemState, document: str, analysis: StoredAnalysis | None = None
    ) -> bool:
        """Complete a running item; return False if it was completed before.

        Its analysis is stored in the same transaction, so that a kill leaves both or neither. The article is deleted,
        unless the item failed and may be retried.
        """
        running = (ITEMS.c.batch_id == batch_id) & (ITEMS.c.position == position) & (ITEMS.c.state == ItemState.RUNNING)
        analysis_id = None if analysis is None else analysis.id
        done = {"result": document, "ask": None, "analysis_id": analysis_id}
        outcome = done if state is ItemState.DONE else {"problem": document}
        completion = update(ITEMS).where(running).values(state=state, **outcome)
        async with self._database.transaction() as connection:
            if (await connection.execute(completion)).rowcount != 1:
                return False
            if analysis is not None:
                await write_analyses(self._database, connection, [analysis])
        return True

    async def list_items(self, batch_id: str, *, start: int, limit: int) -> list[Item]:
        """List items in input order, from position `start` on."""
        query = select(ITEMS).where(ITEMS.c.batch_id == batch_id, ITEMS.c.position >= start)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query.order_by(ITEMS.c.position).limit(limit))).all()
        return [_to_item(row) for row in rows]

    async def delete_abandoned_uploads(self) -> None:
        """Delete uploads that a dead process left; no upload takes longer than `_UPLOAD_MAX`."""
        old = self._clock.now() - _UPLOAD_MAX
        await self._delete_all((BATCHES.c.state == BatchState.RECEIVING) & (BATCHES.c.created_at < old))

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete batches that ended earlier, and return their number."""
        return await self._delete_all(BATCHES.c.state.in_(FINAL) & (BATCHES.c.ended_at < moment))

    async def _delete_all(self, condition: ColumnElement[bool]) -> int:
        async with self._database.transaction() as connection:
            ids = list((await connection.execute(select(BATCHES.c.id).where(condition))).scalars())
        return sum([await self._delete_if(batch_id, condition) for batch_id in ids])

    async def _delete_if(self, batch_id: str, condition: ColumnElement[bool]) -> bool:
        """Delete a batch with its items if the condition still holds, such as that nobody has retried it meanwhile."""
        async with self._database.transaction() as connection:
            deleted = await connection.execute(delete(BATCHES).where(BATCHES.c.id == batch_id, condition))
            if deleted.rowcount == 0:
                return False
            await connection.execute(delete(ITEMS).where(ITEMS.c.batch_id == batch_id))
        return True

    async def list_unqueued(self) -> list[Batch]:
        """List the batches of all owners that may not have been enqueued; enqueueing is idempotent."""
        unfinished = or_(BATCHES.c.state == BatchState.QUEUED, BATCHES.c.state == BatchState.RUNNING)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(BATCHES).where(unfinished).order_by(BATCHES.c.id))).all()
            return await _with_counts(connection, rows)


async def _move(connection: AsyncConnection, batch_id: str, state: BatchState, now: datetime) -> bool:
    values: dict[str, Any] = {"state": state}
    if state in _STAMPS:
        values[_STAMPS[state]] = now
    movable = (BATCHES.c.id == batch_id) & BATCHES.c.state.in_(predecessors(state))
    return (await connection.execute(update(BATCHES).where(movable).values(**values))).rowcount == 1


async def _cancel(connection: AsyncConnection, items: ColumnElement[bool]) -> None:
    await connection.execute(update(ITEMS).where(items).values(state=ItemState.CANCELLED, ask=None))


async def _count_items(connection: AsyncConnection, *batch_ids: str) -> dict[str, dict[ItemState, int]]:
    query = (
        select(ITEMS.c.batch_id, ITEMS.c.state, func.count())
        .where(ITEMS.c.batch_id.in_(batch_ids))
        .group_by(ITEMS.c.batch_id, ITEMS.c.state)
    )
    counts: dict[str, dict[ItemState, int]] = {batch_id: dict.fromkeys(ItemState, 0) for batch_id in batch_ids}
    for batch_id, state, count in await connection.execute(query):
        counts[batch_id][ItemState(state)] = count
    return counts


async def _with_counts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Batch]:
    counts = await _count_items(connection, *(row.id for row in rows))
    return [
        Batch(
            row.id,
            row.owner,
            BatchState(row.state),
            row.total,
            counts[row.id],
            ensure_utc(row.created_at),
            _utc(row.started_at),
            _utc(row.ended_at),
            row.round,
        )
        for row in rows
    ]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else ensure_utc(moment)


def _to_item(row: Row[Any]) -> Item:
    return Item(row.position, row.custom_id, ItemState(row.state), row.ask, row.result, row.problem, row.attempts)
