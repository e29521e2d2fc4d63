"""Encodings: words written so that a machine reads them and a person does not."""

from __future__ import annotations

import re

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
_MAY_BE_SPELT = re.compile(r"[-._ ][^\W\d_][-._ ][^\W\d_][-._ ]")
_MAY_BE_HEX = re.compile(r"[ ,](?:[0-9a-f]{2}[ ,][0-9a-f]{2}[ ,][0-9a-f]{2}[ ,]|[01]{8} )")


def may_be_encoded(text: str) -> bool:
    """Whether a text gives reason to look into its sentences: most give none."""
    if "&#" in text or any(pattern.search(text) for pattern in (_MAY_BE_FIGURED, _MAY_BE_SPELT, _MAY_BE_HEX)):
        return True
    return len(max(text.split(), key=len, default="")) >= _ENCODED_MIN


def is_encoded(sentence: str) -> bool:
    """Whether a sentence has base64, hexadecimal or binary figures, escapes, or words spelt apart or with figures."""
    if any(pattern.search(sentence) for pattern in (_SPELT, _HEX, _ESCAPED)):
        return True
    if len(_FIGURED.findall(sentence)) >= _FIGURED_MIN:
        return True
    return any(all(kind.search(run) for kind in _ENCODED_IN) for run in _ENCODED.findall(sentence))
