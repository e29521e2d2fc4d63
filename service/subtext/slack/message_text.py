"""Parse the article out of a Slack message, and escape text for Slack's mrkdwn."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Slack writes links as <https://…|shown>, mentions as <@U…>, <#C…|name>, <!here>, <!subteam^S…>.
_LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>|(?<![<\w/])(https?://[^\s<>|]+)")
_MARKUP = re.compile(r"<(?:[@#!][^>]*|mailto:[^>]*)>")
_NAMED_LINK = re.compile(r"<(?:https?://)[^|>]+\|([^>]*)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_LEAST_WORDS = 8
USAGE = (
    "Give me a link to an article, or its text (at least a paragraph): `/subtext https://…`, a mention with a link, "
    "or the shortcut “Analyse framing” on a message."
)


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """One article: exactly one of `url` and `text`."""

    url: str | None = None
    text: str | None = None

    @property
    def subject(self) -> str:
        """Return the name of the article for the progress message."""
        return self.url.partition("://")[2] if self.url else "the text"


def parse_message(message: str) -> ArticleReference | None:
    """Return the first link of a message, or else its text; None if that has fewer than eight words."""
    match = _LINK.search(message)
    if match:
        return ArticleReference(url=_unescape((match[1] or match[2]).rstrip(".,;:!?)’”\"'")))
    text = _unescape(_MARKUP.sub("", _NAMED_LINK.sub(r"\1", message))).strip()
    return ArticleReference(text=text) if len(text.split()) >= _LEAST_WORDS else None


def _unescape(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


_JOINER = "\u2060"


_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001 - look-alikes are the point


_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")


# C0, DEL, C1, bidirectional controls, zero-width and tag characters, lone surrogates.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


# A URL, a mention, an emoji name or a Markdown link begins with one of these; a word joiner after it breaks it.
_STARTS = re.compile(r"://|mailto:|[@#!]|:(?=[\w+'-]+:)|(?<=\w)\.(?=[a-z])|\](?=[(:\[])", re.IGNORECASE)


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
