"""`subtext db`: the tables of the database, brought up to date or looked at."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import print_data, print_note

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.storage.database import Database

db = typer.Typer(name="db", help="The tables of the database.", rich_markup_mode=None)


@db.callback()
def _db() -> None:
    """The tables of the database."""


@db.command(short_help="Bring the tables up to date.", epilog=format_examples("subtext db upgrade"))
def upgrade(as_json: AsJson = False) -> None:
    """Bring the tables up to date; does nothing where they are. Many may run it at once."""
    _print(asyncio.run(_upgraded()), as_json=as_json)
    print_note("the tables are up to date")


@db.command(
    short_help="Which revision the tables have.",
    epilog=format_examples("subtext db status", "subtext db status --json"),
)
def status(as_json: AsJson = False) -> None:
    """Print the revision that the tables have; exit code 1 where this version needs another."""
    from subtext.settings import load_settings
    from subtext.storage.database import current_revision_at
    from subtext.storage.migrate import newest_revision

    found = asyncio.run(current_revision_at(load_settings().store.database_url))
    _print(found, as_json=as_json)
    if found != newest_revision():
        print_note(f"this version has revision {newest_revision()}: subtext db upgrade brings older tables up to it")
        raise typer.Exit(ExitCode.FAILURE)


def _print(revision: str | None, *, as_json: bool) -> None:
    from subtext.storage.migrate import newest_revision

    document = json.dumps({"revision": revision, "newest": newest_revision()})
    print_data(document if as_json else revision or "none")


@asynccontextmanager
async def open_configured_database() -> AsyncIterator[Database]:
    """The database of the settings, with its tables up to date where the settings allow to bring them there."""
    from subtext.settings import load_settings
    from subtext.storage.database import open_database

    store = load_settings().store
    async with open_database(store.database_url, migrate=store.migrate) as database:
        yield database


async def _upgraded() -> str:
    from subtext.settings import load_settings
    from subtext.storage.database import open_database
    from subtext.storage.migrate import current_revision

    async with open_database(load_settings().store.database_url, migrate=True) as database:
        return await current_revision(database) or ""
