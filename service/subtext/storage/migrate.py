"""Schema migrations with Alembic, under a lock: once, however many processes start at a time.

Alembic takes a tenth of the start to import, and eight megabytes for good: it is loaded only if there is something to
migrate. A database without tables is made at the newest revision, as Alembic's cookbook has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from subtext.errors import SettingsInvalid
from subtext.storage.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from subtext.storage.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
# Alembic's table of the revision, as Alembic makes it.
_VERSION_TABLE = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
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
    return max(_known_revisions())


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
    if revision is not None and (revision not in _known_revisions() or revision == newest_revision()):
        return revision
    if not sa.inspect(connection).get_table_names():
        return _create_schema(connection)
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return newest_revision()


def _create_schema(connection: Connection) -> str:
    """Create the tables of an empty database as the migrations would have made them, and return the revision."""
    revision = newest_revision()
    METADATA.create_all(connection)
    _VERSION_TABLE.create(connection)
    connection.execute(_VERSION_TABLE.insert().values(version_num=revision))
    return revision


def _known_revisions() -> set[str]:
    """Return the revisions of this version: each file of a migration begins with its own, and they count upwards."""
    return {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py")}


def _read_revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION_TABLE.name):
        return None
    revision: str | None = connection.execute(sa.select(_VERSION_TABLE.c.version_num)).scalar()
    return revision
