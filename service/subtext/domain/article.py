"""The article under analysis: one exact text that every offset refers to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import Literal

from subtext.domain.evidence import Segment, Span
from subtext.domain.text.prepared import PreparedText
from subtext.domain.text.unicode import require_encodable
from subtext.errors import InvalidText

SourceKind = Literal["text", "html", "url"]

HEADLINE_MAX_CHARS = 200
LEAD_CHARS = 600


@dataclass(frozen=True, slots=True)
class Source:
    """Where the article came from. `fetched_at` is an RFC 3339 time in UTC."""

    kind: SourceKind
    url: str | None = None
    final_url: str | None = None
    fetched_at: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 primary tag, or `und`; `confidence` in 0-1, None when the caller named the language."""

    code: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class AnalysisWarning:
    """Something the reader of an answer must know: a stable `code` and a sentence; `span` where it is about a place."""

    code: str
    message: str
    pointer: str | None = None
    span: Span | None = None


@dataclass(frozen=True)
class Article:
    """One text as analysed, with what is known about it.

    `text` starts with the headline where one is known; `headline` is its span (None when there is none).
    Offsets anywhere in Subtext are code points into `text`, half-open.
    """

    text: str
    source: Source
    headline: Span | None = None
    language: Language = Language("und", None)
    byline: str | None = None
    site: str | None = None
    published_at: str | None = None
    normalisation: tuple[str, ...] = ()
    warnings: tuple[AnalysisWarning, ...] = field(default=())
    prepared_text: InitVar[PreparedText | None] = None

    def __post_init__(self, prepared_text: PreparedText | None) -> None:
        if not self.text.strip():
            raise InvalidText("the text is empty: send the article's words")
        require_encodable(self.text)
        if self.headline is not None and self.headline.end > len(self.text):
            raise ValueError("the headline's span lies outside the text")
        if prepared_text is not None:
            self.__dict__["prepared"] = prepared_text

    @cached_property
    def prepared(self) -> PreparedText:
        """Return the text with its sentences and words, which are computed once for all who read the article."""
        return PreparedText(self.text)

    def discard_prepared(self) -> None:
        """Free what was computed of the text but its number of words: an answer that is kept needs no more."""
        if prepared := self.__dict__.pop("prepared", None):
            self.__dict__.setdefault("word_count", prepared.word_count)

    @cached_property
    def title(self) -> str | None:
        """Return the headline's words, or None."""
        return None if self.headline is None else self.text[self.headline.start : self.headline.end]

    @cached_property
    def sha256(self) -> str:
        """Return the hex digest of the text as UTF-8: it ties stored offsets to their text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def word_count(self) -> int:
        """Return the number of words."""
        return self.prepared.word_count

    def segment_of(self, span: Span) -> Segment:
        """Return the part of the article that a span begins in; the lead is the first 600 characters of the body."""
        body_start = 0 if self.headline is None else self.headline.end
        if span.start < body_start:
            return "headline"
        return "lead" if span.start < body_start + LEAD_CHARS else "body"


def find_headline(text: str) -> Span | None:
    """Find the first line if it looks like a headline: short, followed by a blank line and more text."""
    start = len(text) - len(text.lstrip())
    match = re.compile(r"[^\r\n]+").match(text, start)
    if match is None or len(match[0]) > HEADLINE_MAX_CHARS:
        return None
    line = match[0].rstrip()
    rest = text[match.end() :]
    alone = re.match(r"[ \t]*(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)", rest) is not None and bool(rest.strip())
    return Span(start, start + len(line)) if alone and not line.endswith((".", ":", ",", ";")) else None


def prepend_title(title: str | None, body: str) -> tuple[str, Span | None, tuple[str, ...]]:
    """Prepend the title to a text, once: the text to analyze, its headline, and what was done.

    A title that already opens the body is not repeated, so a caller's own offsets stay valid there.
    """
    title = (title or "").strip()
    if not title:
        return body, find_headline(body), ()
    start = len(body) - len(body.lstrip())
    if body.startswith(title, start):
        return body, Span(start, start + len(title)), ()
    return f"{title}\n\n{body}", Span(0, len(title)), ("title_prepended",)
