"""What is run, and how a run ended."""

from __future__ import annotations

import sys
from dataclasses import dataclass

PROGRAM = (sys.executable, "-c", "from subtext.cli.main import main; main()")


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it wrote."""

    code: int
    out: str
    err: str
