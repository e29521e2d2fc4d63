"""A PostgreSQL server of a test's own, on a loopback port and in a folder that goes away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


def binaries() -> Path | None:
    """Where the server's programs are, the newest version first; None where there are none."""
    places = [Path(found).resolve().parent for name in ("initdb",) if (found := shutil.which(name))]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@dataclass
class Postgres:
    """One server, stopped until it is started."""

    folder: Path
    port: int

    @classmethod
    def made(cls) -> Postgres:
        """A server with an empty database; it does not run as root, and pytest's own folders are closed to others."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
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

    def url_of(self, database: str) -> str:
        """The address of another database of it, which is made if need be."""
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
