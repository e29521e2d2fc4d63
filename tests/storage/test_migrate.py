"""The tables: as the code has them, made once however many start, and not made where that is not wanted."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

from subtext.errors import SettingsInvalid
from subtext.ids import uuid7
from subtext.storage import migrations
from subtext.storage.database import Database, open_database, parse_url
from subtext.storage.migrate import current_revision, newest_revision, upgrade_schema
from subtext.storage.tables import METADATA
from tests.support.fakes import START

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def _migrate_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _describe(connection: Connection) -> dict[str, object]:
    """Every table with its columns, keys and indexes, as the database says."""
    inspector = inspect(connection)
    return {
        table: (
            list(map(repr, inspector.get_columns(table))),
            inspector.get_pk_constraint(table),
            sorted(map(repr, inspector.get_foreign_keys(table))),
            sorted(map(repr, inspector.get_unique_constraints(table))),
            sorted(map(repr, inspector.get_check_constraints(table))),
            sorted(map(repr, inspector.get_indexes(table))),
        )
        for table in inspector.get_table_names()
    }


def _drop_everything(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection)
    tables.drop_all(connection)


async def test_a_new_database_has_the_tables_that_the_code_has(database: Database) -> None:
    async with database.transaction() as connection:
        assert await connection.run_sync(_differences) == []


async def test_the_migrations_make_the_tables_of_a_new_database(url: str) -> None:
    database = Database(parse_url(url))
    async with database.transaction() as connection:
        await connection.run_sync(_migrate_to, "0001")
    assert await upgrade_schema(database) == newest_revision()
    async with database.transaction() as connection:
        migrated = await connection.run_sync(_describe)
        await connection.run_sync(_drop_everything)
    assert await upgrade_schema(database) == newest_revision()
    async with database.transaction() as connection:
        assert await connection.run_sync(_describe) == migrated
    await database.close()


async def test_items_that_were_done_before_know_their_analysis(url: str) -> None:
    database = Database(parse_url(url))
    insert = "INSERT INTO batch_items (batch_id, position, state, result) VALUES ('b', :position, 'done', :result)"
    analysis_id = uuid7(START)
    results = [f'{{"id":"{analysis_id}","title":"\\u0000"}}', None]
    async with database.transaction() as connection:
        await connection.run_sync(_migrate_to, "0011")
        for position, result in enumerate(results):
            await connection.execute(text(insert), {"position": position, "result": result})
    await upgrade_schema(database)
    async with database.transaction() as connection:
        rows = await connection.execute(text("SELECT analysis_id FROM batch_items ORDER BY position"))
        assert list(rows.scalars()) == [analysis_id, None]
    await database.close()


@pytest.mark.parametrize(("table", "revision"), [("others", newest_revision()), ("analyses", None)])
async def test_a_database_with_tables_is_migrated_unless_one_is_in_the_way(
    url: str, table: str, revision: str | None
) -> None:
    database = Database(parse_url(url))
    async with database.transaction() as connection:
        await connection.execute(text(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)"))
    with nullcontext() if revision else pytest.raises(DBAPIError):
        await upgrade_schema(database)
    assert await current_revision(database) == revision
    await database.close()


def test_files_of_migrations_are_named_by_their_revisions() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))

    assert newest_revision() == scripts.get_current_head()
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


async def test_many_may_start_at_once(url: str) -> None:
    databases = [Database(parse_url(url)) for _ in range(6)]
    ended = await asyncio.gather(*(upgrade_schema(database) for database in databases))
    assert ended == [newest_revision()] * 6
    for database in databases:
        await database.close()


async def test_tables_that_are_behind_are_refused_where_they_may_not_be_changed(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="subtext db upgrade"):
        async with open_database(url, migrate=False):
            pass
    async with open_database(url, migrate=True):
        pass
    async with open_database(url, migrate=False) as database:
        assert await current_revision(database) == newest_revision()


async def test_tables_of_a_newer_version_are_left_as_they_are(database: Database, url: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    for migrate in (True, False):
        async with open_database(url, migrate=migrate) as found:
            assert await current_revision(found) == "newer"


async def test_a_database_that_cannot_be_opened_is_told_at_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="SUBTEXT_STORE_DATABASE_URL"):
        async with open_database(f"sqlite:///{tmp_path / 'nowhere' / 'kept.db'}", migrate=True):
            pass


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/name", "no url"])
def test_what_is_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        parse_url(url)
