"""Format the examples at the end of a command's --help."""

from __future__ import annotations

import re

# Two or more spaces separate a command from its remark.
_REMARK = re.compile(r" {2,}")


def format_examples(*lines: str) -> str:
    """Format example commands as one preformatted paragraph, with their remarks aligned."""
    pairs = [_REMARK.split(line, maxsplit=1) for line in lines]
    width = max(len(command) for command, *_ in pairs)
    rows = ("  " + "  ".join([command.ljust(width), *remark]).rstrip() for command, *remark in pairs)
    return "Examples:\n\n\b\n" + "\n".join(rows)
