"""Encoded words: what one word shows of text that a machine reads and a person does not, such as letters one by one."""

from __future__ import annotations

import re
from typing import Final

# A run of characters without blanks that is as long as encoded ones are.
ENCODED_MIN: Final = 48
# Begins with one class of characters, which the regex engine looks for fast.
_FIGURED = re.compile("[013457](?<=[a-z].)[013457]*[a-z]")
_SPELT = re.compile(r"[^\W\d_](?:[-.][^\W\d_]){2}")
_BYTE = re.compile("[0-9a-f]{2}|[01]{8}")


def is_long(word: str) -> bool:
    """Tell whether a word is as long as encoded runs are."""
    return len(word) >= ENCODED_MIN


def is_letter(word: str) -> bool:
    """Tell whether a word is one letter."""
    return len(word) == 1 and word.isalpha()


def is_figured(word: str) -> bool:
    """Tell whether a lower-case word is spelt with figures: "1gn0re"."""
    return _FIGURED.search(word) is not None


def is_spelt(word: str) -> bool:
    """Tell whether a word begins with letters one by one: "i-g-n"."""
    return _SPELT.match(word) is not None


def is_byte(word: str) -> bool:
    """Tell whether a lower-case word is a byte in hexadecimal or binary figures, with a digit."""
    return not word.isalpha() and _BYTE.fullmatch(word) is not None
