"""Implement `subtext db`: migrate the database and show its revision."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson
from subtext.cli.terminal import print_data, print_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.storage.database import Database

db = typer.Typer(name="db", help="Migrate and inspect the database.", rich_markup_mode=None)


@db.callback()
def _db() -> None:
    """Migrate and inspect the database."""


@db.command(short_help="Migrate the database.", epilog=format_examples("subtext db upgrade"))
def upgrade(as_json: AsJson = False) -> None:
    """Migrate the database to the newest revision; does nothing if it is there. Safe to run concurrently."""
    _print(asyncio.run(_upgrade()), as_json=as_json)
    print_note("the database is up to date")


@db.command(
    short_help="Print the revision of the database.",
    epilog=format_examples("subtext db status", "subtext db status --json"),
)
def status(as_json: AsJson = False) -> None:
    """Print the database's revision; exit code 1 if this version needs another."""
    from subtext.settings import load_settings
    from subtext.storage.database import current_revision_at
    from subtext.storage.migrate import newest_revision

    revision = asyncio.run(current_revision_at(load_settings().store.database_url))
    _print(revision, as_json=as_json)
    if revision != newest_revision():
        print_note(f"this version needs revision {newest_revision()}: subtext db upgrade migrates an older database")
        raise typer.Exit(ExitCode.FAILURE)


def _print(revision: str | None, *, as_json: bool) -> None:
    from subtext.storage.migrate import newest_revision

    document = json.dumps({"revision": revision, "newest": newest_revision()})
    print_data(document if as_json else revision or "none")


@asynccontextmanager
async def open_configured_database() -> AsyncIterator[Database]:
    """Open the database of the settings, migrated if the settings allow it."""
    from subtext.settings import load_settings
    from subtext.storage.database import open_database

    store = load_settings().store
    async with open_database(store.database_url, migrate=store.migrate) as database:
        yield database


async def _upgrade() -> str:
    from subtext.settings import load_settings
    from subtext.storage.database import open_database
    from subtext.storage.migrate import current_revision

    async with open_database(load_settings().store.database_url, migrate=True) as database:
        return await current_revision(database) or ""
