"""What somebody asks about: the link in a message, or the message itself."""

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
        """What it is called while it is read."""
        return self.url.partition("://")[2] if self.url else "the text"


def parse_message(message: str) -> ArticleReference | None:
    """The first link in a message, else its text; None where there is too little to read."""
    found = _LINK.search(message)
    if found:
        return ArticleReference(url=_plain((found[1] or found[2]).rstrip(".,;:!?)’”\"'")))
    text = _plain(_MARKUP.sub("", _NAMED_LINK.sub(r"\1", message))).strip()
    return ArticleReference(text=text) if len(text.split()) >= _LEAST_WORDS else None


def _plain(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


_JOINER = "\u2060"


_SIGNS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001 - look-alikes are the point


_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")


# C0, DEL, C1, marks that reorder what is shown, zero-width and tag characters, lone surrogates.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


# An address, a mention of somebody, a place or a group, a name of an emoji: each starts with one of these.
_STARTS = re.compile(r"://|mailto:|[@#!]|:(?=[\w+'-]+:)|(?<=\w)\.(?=[a-z])|\](?=[(:\[])", re.IGNORECASE)


def escape_mrkdwn(text: str, limit: int) -> str:
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
