"""Parse the article out of the text of a Slack message (mrkdwn)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from subtext.slack.mrkdwn import unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

# Slack writes links as <https://…|shown>, mentions as <@U…>, <#C…|name>, <!here>, <!subteam^S…>. Inside <…> the address
# is exact; a bare one ends where prose goes on. The bounds keep the time linear; so long an address is refused anyway.
_LINK = re.compile(r"<(https?://[^|<>\s]+)(?:\|([^<>]*))?>|(?<![<\w/])(https?://[^\s<>|]{1,4096})", re.IGNORECASE)
_LONE_LINK = re.compile(r"[^\S\n]*<(https?://[^|<>\s]+)(?:\|\1)?>[^\S\n]*", re.IGNORECASE)
_DATE = re.compile(r"<!date\^[^<>|]*\|([^<>]*)>")
_LABELLED = re.compile(r"<[a-z]+:[^|<>]*\|([^<>]*)>", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:[@#!][^<>]*|mailto:[^<>]*)>")
_EMOJI = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+'-]*:(?:skin-tone-\d:)?(?![\w:])")
_FORMATTING = re.compile(r"(?<!\w)([*_~])(?=\S)([^\n]{0,300}?\S)\1(?!\w)")
_QUOTED = re.compile(r"(?:&gt;|>) ?(.*)")
_QUOTED_TO_THE_END = re.compile(r"^(?:&gt;|>){3} ?(.*)", re.DOTALL | re.MULTILINE)
_QUOTATION_MARKS = "\"“”„‚«»‹›'‘’"  # noqa: RUF001 - the marks of many languages
_BLANK_LINES = re.compile(r"\n{3,}")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_AFTER_LINK = ".,;:!?’”\"'*`…"
LEAST_WORDS, PARAGRAPH_WORDS = 8, 40
USAGE = (
    "Give me a link to an article, or its text (at least a paragraph): `/subtext https://…`, a mention with a link, "
    "or the shortcut “Analyse framing” on a message."
)


@dataclass(frozen=True, slots=True)
class ArticleReference:
    """Refer to one article: exactly one of `url`, `text` and `html`."""

    url: str | None = None
    text: str | None = None
    html: str | None = None

    @property
    def subject(self) -> str:
        """Return the name of the article for the progress message."""
        return self.url.partition("://")[2] if self.url else "the text"


def parse_message(message: str, least_words: int = LEAST_WORDS) -> ArticleReference | None:
    """Return the article in mrkdwn; None if there is neither a link nor `least_words` words of text.

    A text as long as a paragraph is the article, and links in it are incidental; in a shorter one the first link is.
    """
    words = len(_LINK.sub(" ", _MARKUP.sub(" ", message)).split())
    url = next(_links(message), None) if words < PARAGRAPH_WORDS else None
    if url is not None:
        return ArticleReference(url=url)
    text = to_plain_text(message)
    return ArticleReference(text=text) if len(text.split()) >= least_words else None


def to_plain_text(message: str) -> str:
    """Return mrkdwn as readers see it: labels of links, quotation marks around quoted lines, no formatting."""
    lines = [line for line in message.split("\n") if not _LONE_LINK.fullmatch(line)]
    text = _QUOTED_TO_THE_END.sub(lambda match: _quote_lines(match[1]), "\n".join(lines))
    text = "\n".join(_join_quotes(text)).replace("```", "\n")
    text = _MARKUP.sub("", _LABELLED.sub(r"\1", _DATE.sub(r"\1", text)))
    text = _LINK.sub(lambda match: match[1] or match[3], text)
    text = _FORMATTING.sub(r"\2", _FORMATTING.sub(r"\2", _EMOJI.sub("", text)))
    return _BLANK_LINES.sub("\n\n", unescape(text)).strip()


def _links(message: str) -> Iterator[str]:
    for match in _LINK.finditer(message):
        url = unescape(match[1] or _trim(match[3]))
        if not _is_slack_message(url):
            yield url


def _trim(address: str) -> str:
    """Cut the punctuation after a bare address; a bracket belongs to it if it was opened in it."""
    while address:
        last = address[-1]
        opening = _CLOSING.get(last)
        if last not in _AFTER_LINK and (opening is None or address.count(opening) >= address.count(last)):
            break
        address = address[:-1]
    return address


def _is_slack_message(url: str) -> bool:
    """Return whether a link leads to a message in Slack, which only its readers can open."""
    parts = urlsplit(url)
    return (parts.hostname or "").endswith((".slack.com", ".slack-gov.com")) and parts.path.startswith("/archives/")


def _quote_lines(text: str) -> str:
    return "\n".join(f"&gt; {line}" for line in text.split("\n"))


def _join_quotes(text: str) -> Iterator[str]:
    """Yield the lines; lines that are quoted one after the other become one quotation."""
    for is_quoted, group in groupby(text.split("\n"), key=lambda line: _QUOTED.fullmatch(line) is not None):
        lines = list(group)
        if not is_quoted:
            yield from lines
            continue
        quotation = "\n".join(match[1] for match in map(_QUOTED.fullmatch, lines) if match).strip()
        yield quotation if quotation[:1] in _QUOTATION_MARKS else f"“{quotation}”"
