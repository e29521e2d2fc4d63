"""The end of --help: examples of a command, and the exit codes."""

from __future__ import annotations

import re

from subtext.cli.exit_codes import DESCRIPTIONS

# Two spaces or more part a command from a remark about it.
_REMARK = re.compile(r" {2,}")


def format_examples(*lines: str) -> str:
    """Return the lines as a paragraph that help leaves as it is, remarks aligned."""
    parted = [_REMARK.split(line, maxsplit=1) for line in lines]
    width = max(len(command) for command, *_ in parted)
    shown = ("  " + "  ".join([command.ljust(width), *remark]).rstrip() for command, *remark in parted)
    return "Examples:\n\n\b\n" + "\n".join(shown)


def format_exit_codes() -> str:
    """Return the exit codes and what they mean as a paragraph that help leaves as it is."""
    lines = (f"  {code.value:>3}  {meaning}" for code, meaning in DESCRIPTIONS.items())
    return "Exit codes:\n\n\b\n" + "\n".join(lines)
