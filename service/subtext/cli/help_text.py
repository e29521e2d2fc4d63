"""Format the end of --help: examples of a command, and the exit codes."""

from __future__ import annotations

import re

from subtext.cli.exit_codes import DESCRIPTIONS

# Two or more spaces separate a command from its remark.
_REMARK = re.compile(r" {2,}")


def format_examples(*lines: str) -> str:
    """Format example commands as one preformatted paragraph, with their remarks aligned."""
    pairs = [_REMARK.split(line, maxsplit=1) for line in lines]
    width = max(len(command) for command, *_ in pairs)
    rows = ("  " + "  ".join([command.ljust(width), *remark]).rstrip() for command, *remark in pairs)
    return "Examples:\n\n\b\n" + "\n".join(rows)


def format_exit_codes() -> str:
    """Format the exit codes and what they mean as one preformatted paragraph."""
    lines = (f"  {code.value:>3}  {meaning}" for code, meaning in DESCRIPTIONS.items())
    return "Exit codes:\n\n\b\n" + "\n".join(lines)
