"""The command line, run in this process or as a program of its own."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from subtext.cli.main import run
from tests.support.cli import PROGRAM, CliResult
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, no `.env`, no colours, and a terminal of a known width."""
    for name in list(os.environ):
        if name.startswith("SUBTEXT_") or name in {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"}:
            monkeypatch.delenv(name)
    # Set and taken away again, so that what a command sets is gone after the test.
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("NO_COLOR")
    # What a command shows of a verdict is tested here, not which verdict the shipped weights come to.
    monkeypatch.setenv("SUBTEXT_LOCAL_SCORER", "words")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def subtext(capfd: pytest.CaptureFixture[str]) -> Callable[..., CliResult]:
    """Runs the command line in this process."""

    def ran(*args: object) -> CliResult:
        capfd.readouterr()
        code = run([str(arg) for arg in args])
        written = capfd.readouterr()
        return CliResult(code, written.out, written.err)

    return ran


@pytest.fixture
def program() -> Callable[..., CliResult]:
    """Runs the command line as a process of its own."""

    def ran(*args: object, stdin: bytes = b"", **environment: str) -> CliResult:
        done = subprocess.run(
            [*PROGRAM, *map(str, args)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=GIVE_UP_S,
            env={**os.environ, **environment},
        )
        return CliResult(done.returncode, done.stdout.decode(), done.stderr.decode())

    return ran
