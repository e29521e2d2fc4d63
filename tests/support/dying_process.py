"""The product's own command line, which kills its process at a named moment of its work with the database.

python -m tests.support.dying_process MOMENT COUNT worker     (or another command with its options)
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import sqlalchemy as sa

from subtext.cli.main import main

MOMENTS = ("analysis inserted", "item updated", "analysis committed")


class FaultPoint:
    """Kill this process (SIGKILL) when a moment has come `count` times; SQLAlchemy reports the statements."""

    def __init__(self, moment: str, count: int) -> None:
        self._moment, self._left = moment, count
        self._inserted: set[int] = set()

    def install(self) -> None:
        """Listen to every engine and pool of this process."""
        sa.event.listen(sa.engine.Engine, "after_cursor_execute", self._on_statement)
        sa.event.listen(sa.pool.Pool, "checkin", self._on_checkin)

    def _on_statement(self, connection: sa.Connection, _: Any, statement: str, *__: Any) -> None:
        if statement.startswith("INSERT INTO analyses"):
            self._inserted.add(id(connection.connection.dbapi_connection))
            self._reach("analysis inserted")
        elif statement.startswith("UPDATE batch_items SET state=") and "result=" in statement:
            self._reach("item updated")

    def _on_checkin(self, connection: Any, _: Any) -> None:
        """Look at a connection that comes back after its commit."""
        if id(connection) in self._inserted:
            self._inserted.discard(id(connection))
            self._reach("analysis committed")

    def _reach(self, moment: str) -> None:
        if moment == self._moment:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    FaultPoint(sys.argv[1], int(sys.argv[2])).install()
    del sys.argv[1:3]
    main()
