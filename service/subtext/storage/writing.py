"""Inserts that leave alone what is there: the one statement that the databases spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table

    from subtext.storage.database import Database


def insert_new(database: Database, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert of rows whose key is not there yet; the others are left as they are."""
    if database.engine.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
