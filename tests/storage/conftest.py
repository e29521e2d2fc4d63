"""A database for each test, of each kind that the product runs on."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from subtext.storage.database import open_database
from tests.support.requirements import require_or_skip
from tests.support.servers.postgres import Postgres, binaries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from subtext.storage.database import Database

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    require_or_skip("postgres", present=binaries() is not None, why="its programs are not installed")
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    server = Postgres.made()
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url_of(f"kept_{next(_numbers)}")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """An open database with its tables."""
    async with open_database(url, migrate=True) as found:
        yield found
