"""Bringing the tables up to date: once, however many processes start at a time."""

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

# Any number will do, as long as it stays the same.
_LOCK = 0x5B7E57


async def upgrade(database: Database) -> str:
    """The revision that the tables have now: this version's, or a newer one's, which only added to them."""
    async with database.transaction() as connection:
        if database.url.drivername == "sqlite":
            # What makes tables begins no transaction by itself: without this, two starts would both make them.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        return await connection.run_sync(_upgrade)


async def current_revision(database: Database) -> str | None:
    """The revision that the tables have; None for an empty database."""
    async with database.transaction() as connection:
        return await connection.run_sync(_revision)


def newest_revision() -> str:
    """The revision that this version works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def require_newest(database: Database) -> None:
    """Refuse tables that `subtext db upgrade` must bring up to date first (`SettingsInvalid`)."""
    found = await current_revision(database)
    if found is None or (found in _known() and found != newest_revision()):
        raise SettingsInvalid(
            f"the database is at revision {found or 'none'}, this version needs {newest_revision()}: run `subtext db "
            "upgrade`, or let the service do it (SUBTEXT_STORE_MIGRATE=true)"
        )


def _upgrade(connection: Connection) -> str:
    found = _revision(connection)
    if found is not None and found not in _known():
        return found
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest_revision()


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
