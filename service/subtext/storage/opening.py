"""Opening the database with its tables in order."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from subtext.domain.errors import SettingsInvalid, StoreUnavailable
from subtext.storage.database import Database, parsed
from subtext.storage.migrating import require_newest, revision_of, upgrade

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def revision_at(url: str) -> str | None:
    """The revision of the tables at an address, as they are; None for an empty database. Raises `StoreUnavailable`."""
    database = Database(parsed(url))
    try:
        return await revision_of(database)
    finally:
        await database.close()


@asynccontextmanager
async def open_database(url: str, *, migrate: bool) -> AsyncIterator[Database]:
    """The database, its tables brought up to date where `migrate` says so; raises `SettingsInvalid`."""
    database = Database(parsed(url))
    try:
        try:
            await (upgrade(database) if migrate else require_newest(database))
        except StoreUnavailable as error:
            place = database.url.render_as_string(hide_password=True)
            raise SettingsInvalid(
                f"the database {place} cannot be opened or written: see that it is there and may be written, set "
                "SUBTEXT_STORE_DATABASE_URL to another, or SUBTEXT_STORE_ENABLED=false to keep nothing"
            ) from error
        yield database
    finally:
        await database.close()
