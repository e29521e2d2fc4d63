"""Schema migrations with Alembic, under a lock: once, however many processes start at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from subtext.storage.database import Database

# Id of the advisory lock: any number that stays the same.
_LOCK = 0x5B7E57


async def upgrade_schema(database: Database) -> str:
    """Upgrade the schema and return its revision: this version's, or a newer one's, which only added to it."""
    async with database.transaction() as connection:
        if database.url.drivername == "sqlite":
            # DDL begins no transaction by itself in SQLite: without this, two processes would both migrate.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        return await connection.run_sync(_upgrade)


async def current_revision(database: Database) -> str | None:
    """Return the schema revision of the database; None for an empty one."""
    async with database.transaction() as connection:
        return await connection.run_sync(_read_revision)


def newest_revision() -> str:
    """Return the schema revision that this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def require_newest(database: Database) -> None:
    """Require a current schema; raises `SettingsInvalid` if `subtext db upgrade` must run first."""
    revision = await current_revision(database)
    if revision is None or (revision in _known_revisions() and revision != newest_revision()):
        raise SettingsInvalid(
            f"the database is at revision {revision or 'none'}, this version needs {newest_revision()}: run `subtext "
            "db upgrade`, or let the service do it (SUBTEXT_STORE_MIGRATE=true)"
        )


def _upgrade(connection: Connection) -> str:
    revision = _read_revision(connection)
    if revision is not None and revision not in _known_revisions():
        return revision
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest_revision()


def _known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _read_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
