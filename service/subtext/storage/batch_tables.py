"""The tables of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, String, Table, Text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

METADATA = MetaData()
BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("state", String(12), nullable=False),
    Column("total", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_batches_owner", "owner", "id"),
)
ITEMS = Table(
    "batch_items",
    METADATA,
    Column("batch_id", String(40), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("custom_id", String(64)),
    Column("state", String(12), nullable=False),
    Column("ask", Text),
    Column("result", Text),
    Column("problem", Text),
    Index("ix_batch_items_state", "batch_id", "state"),
)


async def create_batch_tables(engine: AsyncEngine) -> None:
    """The tables, where they are not there yet."""
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
