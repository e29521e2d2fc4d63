"""The command line: the command that starts it, and the result of a run."""

from __future__ import annotations

import sys
from dataclasses import dataclass

PROGRAM = (sys.executable, "-c", "from subtext.cli.main import main; main()")


@dataclass(frozen=True)
class CliResult:
    """Exit code and output of a run."""

    code: int
    out: str
    err: str
