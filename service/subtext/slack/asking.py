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
NEEDS = (
    "Give me a link to an article, or its text (at least a paragraph): `/subtext https://…`, a mention with a link, "
    "or the shortcut “Analyse framing” on a message."
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One article: exactly one of `url` and `text`."""

    url: str | None = None
    text: str | None = None

    @property
    def subject(self) -> str:
        """What it is called while it is read."""
        return self.url.partition("://")[2] if self.url else "the text"


def ask_in(message: str) -> Ask | None:
    """The first link in a message, else its text; None where there is too little to read."""
    found = _LINK.search(message)
    if found:
        return Ask(url=_plain((found[1] or found[2]).rstrip(".,;:!?)’”\"'")))
    text = _plain(_MARKUP.sub("", _NAMED_LINK.sub(r"\1", message))).strip()
    return Ask(text=text) if len(text.split()) >= _LEAST_WORDS else None


def _plain(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text
