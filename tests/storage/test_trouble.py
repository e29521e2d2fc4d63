"""A full disk, a database that others hold, a silent server: what is new is refused, and what was accepted is kept."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.errors import StorageUnavailable
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import Database, open_database, parse_url, show_url
from subtext.storage.migrate import current_revision
from tests.support.builders import build_stored_analysis
from tests.support.owners import MINE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.servers.postgres import Postgres

LARGE = "x" * 2_000_000
KEEPALIVES = {"keepalives_idle", "keepalives_interval", "keepalives_count"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite:///{path}", migrate=True) as found:
        yield found


async def pragma(database: Database, words: str) -> None:
    """Set something on the two connections in use: that of the event loop, and that of the writing thread."""
    async with database.transaction() as connection:
        await connection.exec_driver_sql(f"PRAGMA {words}")
    await database.execute_in_thread(sa.text(f"PRAGMA {words}"), [])


async def running(store: SqlBatchRepository) -> str:
    batch_id = await store.create(MINE)
    await store.add_items(batch_id, [NewItem(0, "a", "{}")])
    await store.transition(batch_id, BatchState.QUEUED)
    await store.claim(batch_id, 0, 1)
    return batch_id


async def test_a_full_disk_refuses_what_is_new_and_keeps_what_is_there(database: Database) -> None:
    analyses, batches = SqlAnalysisRepository(database), SqlBatchRepository(database, SystemClock())
    kept = build_stored_analysis(0)
    await analyses.save(kept)
    batch_id = await running(batches)
    await pragma(database, "max_page_count = 1")

    with pytest.raises(StorageUnavailable):
        await analyses.save(build_stored_analysis(1, document=LARGE))
    with pytest.raises(StorageUnavailable):
        await batches.complete_item(batch_id, 0, ItemState.DONE, LARGE)
    with pytest.raises(StorageUnavailable):
        await batches.add_items(await batches.create(MINE), [NewItem(0, "a", LARGE)])
    assert await analyses.get(MINE, kept.id) == kept
    assert (await batches.get(batch_id, MINE)).counts[ItemState.RUNNING] == 1

    await pragma(database, "max_page_count = 1000000")
    await analyses.save(build_stored_analysis(1, document=LARGE))
    assert await batches.complete_item(batch_id, 0, ItemState.DONE, LARGE)
    assert (await batches.get(batch_id, MINE)).counts[ItemState.DONE] == 1


async def test_a_database_that_another_holds_is_told_as_such_and_nothing_is_lost(
    database: Database, path: Path
) -> None:
    analyses, batches = SqlAnalysisRepository(database), SqlBatchRepository(database, SystemClock())
    kept = build_stored_analysis(0)
    await analyses.save(kept)
    batch_id = await running(batches)
    await pragma(database, "busy_timeout = 20")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable):
        await analyses.save(build_stored_analysis(1))
    with pytest.raises(StorageUnavailable):
        await batches.create(MINE)
    assert await analyses.get(MINE, kept.id) == kept
    assert (await batches.get(batch_id, MINE)).counts[ItemState.RUNNING] == 1

    other.execute("ROLLBACK")
    other.close()
    await analyses.save(build_stored_analysis(1))
    assert await batches.complete_item(batch_id, 0, ItemState.DONE, "{}")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # The least that libpq takes; ours is more (below).
        database = Database(parse_url(f"postgresql://127.0.0.1:{port}/subtext?connect_timeout=2"))
        try:
            with pytest.raises(StorageUnavailable):
                await current_revision(database)
        finally:
            await database.close()


async def test_a_connection_whose_server_has_stopped_is_given_up_and_replaced(postgres: Postgres) -> None:
    database = Database(parse_url(postgres.url), connection_max_s=2.0)
    backend_pid = sa.text("SELECT pg_backend_pid()")
    async with database.transaction() as connection:
        pid = (await connection.execute(backend_pid)).scalar_one()
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StorageUnavailable):
            async with database.transaction():
                pass
        async with database.transaction() as connection:
            assert (await connection.execute(backend_pid)).scalar_one() != pid
    finally:
        os.kill(pid, signal.SIGCONT)
        await database.close()


def test_a_silent_server_is_noticed_sooner_than_by_default_unless_the_url_says_when() -> None:
    plain, own = "postgresql://db.example/subtext", "postgresql://db.example/subtext?connect_timeout=60"

    assert parse_url(plain).query.keys() == {"connect_timeout", *KEEPALIVES, "tcp_user_timeout"}
    assert parse_url(own).query["connect_timeout"] == "60"
    assert [show_url(parse_url(url)) for url in (plain, own)] == [
        url.replace("postgresql:", "postgresql+psycopg:") for url in (plain, own)
    ]
