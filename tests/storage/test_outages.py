"""What is an outage of the database, and what a mistake of ours: trying again helps against the first alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from subtext.errors import StorageUnavailable
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.database import Database, open_database, parse_url
from tests.support.builders import build_stored_analysis

if TYPE_CHECKING:
    from tests.support.servers.postgres import Postgres


@dataclass(frozen=True)
class Mistake:
    id: str
    statement: str


MISTAKES = (
    Mistake("no statement", "SELEC 1"),
    Mistake("a table that is not there", "DELETE FROM nowhere"),
    Mistake("a column that is not there", "UPDATE analyses SET nothing = 1"),
    Mistake("a required column", "INSERT INTO feedback (id) VALUES ('a')"),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
async def test_a_mistake_of_ours_is_raised_as_it_is(database: Database, mistake: Mistake) -> None:
    with pytest.raises(DBAPIError):
        async with database.transaction() as connection:
            await connection.exec_driver_sql(mistake.statement)
    with pytest.raises(DBAPIError):
        await database.execute_in_thread(sa.text(mistake.statement), [])


async def test_one_analysis_that_cannot_be_stored_costs_no_other(database: Database) -> None:
    analyses = SqlAnalysisRepository(database)
    rows = [build_stored_analysis(0), build_stored_analysis(1, document=None), build_stored_analysis(2)]

    saved = await asyncio.gather(*map(analyses.save, rows), return_exceptions=True)

    assert [type(result).__name__ for result in saved] == ["NoneType", "IntegrityError", "NoneType"]
    for row in (rows[0], rows[2]):
        assert await analyses.get(row.owner, row.id) == row


async def test_a_server_that_ends_a_connection_is_an_outage(postgres: Postgres) -> None:
    async with open_database(postgres.create_database("ended"), migrate=True) as database:
        with pytest.raises(StorageUnavailable):
            async with database.transaction() as connection:
                await connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_database_that_is_closed_to_us_is_an_outage(postgres: Postgres) -> None:
    url = postgres.create_database("closed")
    async with open_database(url, migrate=True) as owned:
        async with owned.transaction() as connection:
            await connection.exec_driver_sql("CREATE ROLE stranger LOGIN")
        database = Database(parse_url(url.replace("subtext@", "stranger@")))
        with pytest.raises(StorageUnavailable):
            await database.require_writable()
        await database.close()
