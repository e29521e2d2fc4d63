"""Subprocesses: the service, started, stopped and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

from tests.support.cli import PROGRAM
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Service:
    """The service as a process of its own; `program` is the command line that starts it."""

    program: Sequence[str] = PROGRAM

    def __init__(self, folder: Path, **environment: str) -> None:
        """Store in a file in the folder, unless the environment names another database."""
        known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
        store = {"SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder / 'kept.db'}", "SUBTEXT_LOCAL_SCORER": "words"}
        self._environment = known | store | environment
        self._folder = folder
        self.url = ""
        self.first_lines: list[str] = []

    async def start(self) -> None:
        command = [*self.program, "serve", "--port", "0"]
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, cwd=self._folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(GIVE_UP_S):
            while "serves on " not in (line := (await self._process.stderr.readline()).decode()):
                assert line, "the service ended"
                self.first_lines.append(line.rstrip())
        self.url = line.partition("serves on ")[2].split()[0]

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def terminate(self) -> None:
        """Tell it to end, unless it has."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    @property
    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self._process.returncode is None

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        return await self._process.wait()

    async def remaining_lines(self) -> list[str]:
        """Return what it writes to standard error from now on to its end."""
        assert self._process.stderr is not None
        return (await self._process.stderr.read()).decode().splitlines()

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()
