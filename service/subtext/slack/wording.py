"""Foreign text as Slack may show it: it can make no mention, no link and no formatting.

Slack's markup has no escape but for `&`, `<` and `>`, so signs that format are shown by their look-alikes, and what
Slack would link by itself is broken by a word joiner, which nobody sees.
"""

from __future__ import annotations

import re

_JOINER = "\u2060"
_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001 - look-alikes are the point
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# C0, DEL, C1, marks that reorder what is shown, zero-width and tag characters, lone surrogates.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# An address, a mention of somebody, a place or a group, a name of an emoji: each starts with one of these.
_STARTS = re.compile(r"://|mailto:|[@#!]|:(?=[\w+'-]+:)|(?<=\w)\.(?=[a-z])|\](?=[(:\[])", re.IGNORECASE)


def foreign(text: str, limit: int) -> str:
    """One line of at most `limit` characters, all that makes it safe included."""
    line = _SPACES.sub(" ", _UNSHOWN.sub("", text[: 4 * limit])).strip()
    safe = _safe(line)
    room = limit
    while len(safe) > limit:
        # What is escaped takes more room than what it stands for, five characters for one at most.
        room = min(room, len(line)) - max(1, (len(safe) - limit) // 5)
        safe = _safe(line[:room].rstrip() + "…")
    return safe


def _safe(line: str) -> str:
    return _STARTS.sub(lambda found: found[0][0] + _JOINER + found[0][1:], line).translate(_SIGNS)
