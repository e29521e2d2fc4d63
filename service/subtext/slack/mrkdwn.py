"""Escape text for Slack's mrkdwn: the three entities, and what it would take for a link, a mention or formatting."""

from __future__ import annotations

import re

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_JOINER = "\u2060"
_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001 - look-alikes are the point
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# C0, DEL, C1, bidirectional controls, zero-width and tag characters, lone surrogates.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# A URL, a mention, an emoji name or a Markdown link begins with one of these; a word joiner after it breaks it.
_STARTS = re.compile(r"://|mailto:|[@#!]|:(?=[\w+'-]+:)|(?<=\w)\.(?=[a-z])|\](?=[(:\[])", re.IGNORECASE)


def unescape(text: str) -> str:
    """Decode the three entities that Slack escapes."""
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


def escape_entities(text: str) -> str:
    """Encode the three characters that Slack escapes; what is encoded already stays so."""
    return unescape(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_mrkdwn(text: str, limit: int) -> str:
    """Escape text for mrkdwn: one line of at most `limit` characters, escapes included."""
    line = _SPACES.sub(" ", _UNSHOWN.sub("", text[: 4 * limit])).strip()
    safe = _escape(line)
    room = limit
    while len(safe) > limit:
        # An escape takes up to five characters for one (`&amp;`).
        room = min(room, len(line)) - max(1, (len(safe) - limit) // 5)
        safe = _escape(line[:room].rstrip() + "…")
    return safe


def _escape(line: str) -> str:
    return _STARTS.sub(lambda match: match[0][0] + _JOINER + match[0][1:], line).translate(_SIGNS)
