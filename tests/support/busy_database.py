"""Database in which others act between the statements of a test, so that races have one order."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from subtext.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import URL, Executable, Result
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Statements:
    """A transaction in which something else happens before each statement, as long as there is anything."""

    connection: AsyncConnection
    others: list[Callable[[], Awaitable[object]]]

    async def execute(self, statement: Executable) -> Result[Any]:
        if self.others:
            await self.others.pop(0)()
        return await self.connection.execute(statement)


class BusyDatabase(Database):
    """A database in which other processes act between the statements of this one, the first of which comes first."""

    def __init__(self, url: URL, *others: Callable[[], Awaitable[object]]) -> None:
        super().__init__(url)
        self.others: list[Callable[[], Awaitable[object]]] = [partial(asyncio.sleep, 0), *others]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        async with super().transaction() as connection:
            yield cast("AsyncConnection", Statements(connection, self.others))
