"""The command line: the command that starts it, its commands, and the result of a run."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = (sys.executable, "-c", "from subtext.cli.main import main; main()")


@dataclass(frozen=True)
class CliResult:
    """Exit code and output of a run."""

    code: int
    out: str
    err: str


def leaves(command: Any, *path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, *path, name)
