"""Word lists: lists of words that are written as one line of text, which reads and reviews better than many quotes."""

from __future__ import annotations


def word_list(line: str) -> tuple[str, ...]:
    """Split a line of words that are parted by blanks into a tuple, in order."""
    return tuple(line.split())


def word_set(line: str) -> frozenset[str]:
    """Split a line of words that are parted by blanks into a set."""
    return frozenset(line.split())
