"""A database for each test, of each kind that the product runs on."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from subtext.storage.database import open_database
from tests.support.servers.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from subtext.storage.database import Database

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.create_database(f"kept_{next(_numbers)}")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """An open database with its tables."""
    async with open_database(url, migrate=True) as found:
        yield found
