"""Encoded text: words written so that a machine reads them and a person does not."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.domain.text.prepared import PreparedText
    from subtext.domain.text.words import WordTable

_ENCODED_MIN = 48
_ENCODED = re.compile(rf"(?<![\w+/])[A-Za-z\d+/]{{{_ENCODED_MIN},}}+")
_ENCODED_IN = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile(r"\d"))
_ESCAPED = re.compile(r"&#(?:6[5-9]|[789]\d|1[01]\d|12[0-2]|x[4-7][\da-f]);", re.IGNORECASE)
_HEX = re.compile(r"(?:\b[0-9a-f]{2}\b[ ,]?){24,}+|(?:\b[01]{8}\b ?){8,}+")
# Letters one by one, and words spelt with figures.
_SPELT = re.compile(r"(?:\b[^\W\d_]\b[-._ ]){6}")
_FIGURED = re.compile("[a-z][013457]+[a-z]")
_FIGURED_MIN = 2
# What each of these has in it. They begin with one class of characters, which the regex engine looks for fast.
_MAY_BE_FIGURED = re.compile("[013457](?<=[a-z].)[013457]*[a-z]")
_LETTERS_MIN = 3
_LETTERS = frozenset(string.ascii_lowercase)
# Each in a list of words, one a line.
_SPELT_WORD = re.compile(r"^[^\W\d_](?:[-.][^\W\d_]){2}", re.MULTILINE)
_BYTE = re.compile(r"^(?:[0-9a-f]{2}|[01]{8})$", re.MULTILINE)
_MAY_BE_SPELT = re.compile(r"[-._ ][^\W\d_][-._ ][^\W\d_][-._ ]")
_MAY_BE_HEX = re.compile(r"[ ,](?:[0-9a-f]{2}[ ,][0-9a-f]{2}[ ,][0-9a-f]{2}[ ,]|[01]{8} )")


def may_be_encoded(prepared: PreparedText) -> bool:
    """Tell whether a text gives reason to look into its sentences: most give none."""
    text, words = prepared.text, prepared.words
    compounds = "\n".join(words.compounds)
    if "&#" in text or _MAY_BE_FIGURED.search(compounds) or _has_long_run(prepared):
        return True
    # Letters one by one are words of the table, or parts of one with hyphens or stops; bytes are compounds.
    if len(_single_letters(words, prepared.inventory)) >= _LETTERS_MIN or _SPELT_WORD.search(compounds):
        return _MAY_BE_SPELT.search(text) is not None or _MAY_BE_HEX.search(text) is not None
    return _BYTE.search(compounds) is not None and _MAY_BE_HEX.search(text) is not None


def _single_letters(words: WordTable, inventory: str) -> frozenset[str]:
    """Return the different words of one letter."""
    letters = words.vocabulary & _LETTERS
    return letters.union(char for char in map(str.lower, inventory) if char.isalpha() and char in words.vocabulary)


def _has_long_run(prepared: PreparedText) -> bool:
    """Tell whether a run without blanks is as long as encoded ones are; words of the table end at "+" and "/"."""
    if prepared.words.longest >= _ENCODED_MIN:
        return True
    may_go_on = "+" in prepared.text or "/" in prepared.text
    return may_go_on and len(max(prepared.text.split(), key=len)) >= _ENCODED_MIN


def is_encoded(sentence: str) -> bool:
    """Tell whether a sentence has base64, hexadecimal or binary figures, escapes, or words spelt apart."""
    if any(pattern.search(sentence) for pattern in (_SPELT, _HEX, _ESCAPED)):
        return True
    if len(_FIGURED.findall(sentence)) >= _FIGURED_MIN:
        return True
    return any(all(kind.search(run) for kind in _ENCODED_IN) for run in _ENCODED.findall(sentence))
