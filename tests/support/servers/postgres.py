"""PostgreSQL server on a loopback port, in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.ports import find_unused_port
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator


def binaries() -> Path | None:
    """Return the folder of the newest server's programs; None if none is installed."""
    places = [Path(found).resolve().parent for name in ("initdb",) if (found := shutil.which(name))]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@dataclass
class Postgres:
    """One server; call `start` before use, then `stop` and `remove`."""

    folder: Path
    port: int

    @classmethod
    def create(cls) -> Postgres:
        """Create a server with an empty database; as `nobody` if this is root, outside pytest's closed folders."""
        port = find_unused_port()
        folder = Path(tempfile.mkdtemp(prefix="subtext-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        server = cls(folder / "cluster", port)
        server._run("initdb", "-D", str(server.folder), "-U", "subtext", "-A", "trust", "-N", "-E", "UTF8")
        return server

    def remove(self) -> None:
        """Delete its files."""
        shutil.rmtree(self.folder.parent)

    @property
    def url(self) -> str:
        return f"postgresql://subtext@127.0.0.1:{self.port}/postgres"

    def create_database(self, database: str) -> str:
        """Create another database; return its address."""
        self._run(
            "psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "subtext",
            "-d",
            "postgres",
            "-q",
            "-c",
            f"CREATE DATABASE {database}",
        )
        return f"postgresql://subtext@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1 -c max_connections=100"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-t", "180", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        place = binaries()
        assert place is not None
        user = "nobody" if os.geteuid() == 0 else None
        subprocess.run(
            [place / program, *arguments], user=user, cwd=self.folder.parent, check=True, stdout=subprocess.DEVNULL
        )


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server with an empty database until the context is left; skip the test if none is installed."""
    require_or_skip("postgres", present=binaries() is not None, why="its programs are not installed")
    server = Postgres.create()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.remove()
