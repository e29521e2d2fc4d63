"""Examples as they stand at the end of a command's --help."""

from __future__ import annotations

import re

# Two spaces or more part a command from a remark about it.
_REMARK = re.compile(r" {2,}")


def format_examples(*lines: str) -> str:
    """The lines as a paragraph that help leaves as it is, remarks aligned."""
    parted = [_REMARK.split(line, maxsplit=1) for line in lines]
    width = max(len(command) for command, *_ in parted)
    shown = ("  " + "  ".join([command.ljust(width), *remark]).rstrip() for command, *remark in parted)
    return "Examples:\n\n\b\n" + "\n".join(shown)
