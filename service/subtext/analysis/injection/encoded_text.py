"""Encoded text: words written so that a machine reads them and a person does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.analysis.injection.encoded_words import ENCODED_MIN
from subtext.analysis.injection.word_masks import BYTE, FIGURED, LETTER, LONG, SPELT, combine_bits

if TYPE_CHECKING:
    from collections.abc import Collection

    from subtext.domain.text.prepared import PreparedText

_ENCODED = re.compile(rf"(?<![\w+/])[A-Za-z\d+/]{{{ENCODED_MIN},}}+")
_ENCODED_IN = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile(r"\d"))
_ESCAPED = re.compile(r"&#(?:6[5-9]|[789]\d|1[01]\d|12[0-2]|x[4-7][\da-f]);", re.IGNORECASE)
_HEX = re.compile(r"(?:\b[0-9a-f]{2}\b[ ,]?){24,}+|(?:\b[01]{8}\b ?){8,}+")
# Letters one by one, and words spelt with figures.
_SPELT = re.compile(r"(?:\b[^\W\d_]\b[-._ ]){6}")
_FIGURED = re.compile("[a-z][013457]+[a-z]")
_FIGURED_MIN = 2
_LETTERS_MIN = 3
# What letters one by one, and figures, have in them.
_MAY_BE_SPELT = re.compile(r"[-._ ][^\W\d_][-._ ][^\W\d_][-._ ]")
_MAY_BE_HEX = re.compile(r"[ ,](?:[0-9a-f]{2}[ ,][0-9a-f]{2}[ ,][0-9a-f]{2}[ ,]|[01]{8} )")


def may_be_encoded(prepared: PreparedText, masks: Collection[int]) -> bool:
    """Tell whether a text whose words have these masks gives reason to look into its sentences: most give none."""
    text, signs = prepared.text, combine_bits(masks)
    if signs & (FIGURED | LONG) or _has_escape(prepared) or _has_long_run(prepared):
        return True
    # Letters one by one are words of the table, or parts of one with hyphens or stops; bytes are words with a digit.
    if signs & SPELT or (signs & LETTER and sum([mask & LETTER > 0 for mask in masks]) >= _LETTERS_MIN):
        return _MAY_BE_SPELT.search(text) is not None or _MAY_BE_HEX.search(text) is not None
    return bool(signs & BYTE) and _MAY_BE_HEX.search(text) is not None


def _has_escape(prepared: PreparedText) -> bool:
    return "#" in prepared.inventory and "&#" in prepared.text


def _has_long_run(prepared: PreparedText) -> bool:
    """Tell whether a run without blanks is as long as encoded ones are; words of the table end at "+" and "/"."""
    may_go_on = "+" in prepared.inventory or "/" in prepared.inventory
    return may_go_on and len(max(prepared.text.split(), key=len)) >= ENCODED_MIN


def is_encoded(sentence: str) -> bool:
    """Tell whether a sentence has base64, hexadecimal or binary figures, escapes, or words spelt apart."""
    if any(pattern.search(sentence) for pattern in (_SPELT, _HEX, _ESCAPED)):
        return True
    if len(_FIGURED.findall(sentence)) >= _FIGURED_MIN:
        return True
    return any(all(kind.search(run) for kind in _ENCODED_IN) for run in _ENCODED.findall(sentence))
