"""JSON repair: faults of a model's JSON that need no guessing, and what is whole in an answer that was cut short.

Nothing here changes a value: a comma too many goes, a comment goes, a line break in a string is escaped, a string in
single quotes gets double ones, and a cut answer ends behind the last entry that is complete. The result is still JSON
that has to be decoded and checked like any other.
"""

from __future__ import annotations

import re

# An unclosed string runs to the end of the text, so that each character is read once.
_DOUBLE = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_SINGLE = r"'(?:[^'\\]|\\.)*+(?:'|\\?\Z)"
_FAULTS = re.compile(rf"(?P<double>{_DOUBLE})|(?P<single>{_SINGLE})|(?P<comment>//[^\n]*+)", re.DOTALL)
_COMMAS = re.compile(rf"(?P<double>{_DOUBLE})|,(?P<blanks>\s*+)(?=[}}\]])", re.DOTALL)
_STRUCTURE = re.compile(rf"{_DOUBLE}|[{{}}\[\],]", re.DOTALL)
_RAW = re.compile(r"[\x01-\x1f]")
_ITEMS_DEPTH = 2

# A model that has lost its way writes blanks or the same words until it is stopped.
_RUN_CHARS = 1_000
_PERIOD_MAX = 200


def repair_json(text: str) -> str:
    """Repair what can be repaired in a JSON text; the same text if there is nothing of that kind."""
    return _COMMAS.sub(_without_comma, _FAULTS.sub(_repair_token, text))


def cut_to_complete(text: str) -> str | None:
    """Cut a truncated object behind its last complete entry and close it; None if nothing is complete, or all is."""
    start = text.find("{")
    if start < 0:
        return None
    open_: list[str] = []
    end, closing = start, ""
    for token in _STRUCTURE.finditer(text, start):
        mark = token[0]
        if mark in "{[":
            open_.append(mark)
        elif mark in "}]":
            open_.pop()
            if not open_:
                return None
            if len(open_) <= _ITEMS_DEPTH:
                end, closing = token.end(), _close_brackets(open_)
        elif mark == "," and len(open_) == 1:
            end, closing = token.start(), "}"
    return text[start:end] + closing if end > start else None


def is_repetition_loop(content: str) -> bool:
    """Return whether an answer ends in blanks, or in one short run of characters, over and over."""
    tail = content[-_RUN_CHARS:]
    if len(tail) < _RUN_CHARS:
        return False
    return not tail.strip() or any(tail[period:] == tail[:-period] for period in range(1, _PERIOD_MAX + 1))


def _repair_token(token: re.Match[str]) -> str:
    if token["comment"] is not None:
        return ""
    if token["double"] is not None:
        return _escape(token["double"])
    inside = token["single"][1:-1].replace("\\'", "'")
    return _escape('"' + re.sub(r'(\\.)|"', lambda match: match[1] or '\\"', inside, flags=re.DOTALL) + '"')


def _escape(string: str) -> str:
    return _RAW.sub(lambda match: f"\\u{ord(match[0]):04x}", string)


def _without_comma(token: re.Match[str]) -> str:
    return token[0] if token["double"] is not None else token["blanks"]


def _close_brackets(open_: list[str]) -> str:
    return "".join("}" if mark == "{" else "]" for mark in reversed(open_))
