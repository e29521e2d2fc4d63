"""The article under analysis: one exact text that every offset refers to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from subtext.domain.evidence import Segment, Span
from subtext.errors import InvalidText

SourceKind = Literal["text", "html", "url"]

HEADLINE_MAX_CHARS = 200
LEAD_CHARS = 600
# Marks are parts of words in Indic scripts, and in others where they are written apart from their letters.
_WORD = re.compile(
    r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0df3]+"
    r"(?:[’'-][\w\u0300-\u036f]+)*"
)
# Scripts that put no space between words: about two characters make a word of Chinese or Japanese, and about four
# make one of Thai, Lao, Khmer or Burmese.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_DENSE_WORD: Final = 2
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
_SPACELESS_WORD: Final = 4
_SURROGATE = re.compile("[\ud800-\udfff]")


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

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidText("the text is empty: send the article's words")
        if found := _SURROGATE.search(self.text):
            raise InvalidText(
                f"the text has a lone surrogate (half of a character) at offset {found.start()}: "
                "send it as valid Unicode"
            )
        if self.headline is not None and self.headline.end > len(self.text):
            raise ValueError("the headline's span lies outside the text")

    @cached_property
    def title(self) -> str | None:
        """The headline's words, or None."""
        return None if self.headline is None else self.text[self.headline.start : self.headline.end]

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the text as UTF-8: what ties stored offsets to their text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def word_count(self) -> int:
        """Return the number of words."""
        return count_words(self.text)

    def segment_of(self, span: Span) -> Segment:
        """The part of the article that the span begins in; the lead is the first 600 characters of the body."""
        body_start = 0 if self.headline is None else self.headline.end
        if span.start < body_start:
            return "headline"
        return "lead" if span.start < body_start + LEAD_CHARS else "body"


def count_words(text: str) -> int:
    """Return the number of words; hyphenated and apostrophised ones count once, unspaced scripts by their length."""
    if text.isascii():
        return len(_WORD.findall(text))
    count = 0
    for pattern, size in ((_DENSE, _DENSE_WORD), (_SPACELESS, _SPACELESS_WORD)):
        count += sum(-(-len(run) // size) for run in pattern.findall(text))
        text = pattern.sub(" ", text)
    return count + len(_WORD.findall(text))


def find_headline(text: str) -> Span | None:
    """The first line where it stands alone like a headline: short, followed by a blank line and more text."""
    start = len(text) - len(text.lstrip())
    match = re.compile(r"[^\r\n]+").match(text, start)
    if match is None or len(match[0]) > HEADLINE_MAX_CHARS:
        return None
    line = match[0].rstrip()
    rest = text[match.end() :]
    alone = re.match(r"[ \t]*(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)", rest) is not None and bool(rest.strip())
    return Span(start, start + len(line)) if alone and not line.endswith((".", ":", ",", ";")) else None


def prepend_title(title: str | None, body: str) -> tuple[str, Span | None, tuple[str, ...]]:
    """The text to analyse, its headline, and what was done: the title stands first, once.

    A title that already opens the body is not repeated, so a caller's own offsets stay valid there.
    """
    title = (title or "").strip()
    if not title:
        return body, find_headline(body), ()
    start = len(body) - len(body.lstrip())
    if body.startswith(title, start):
        return body, Span(start, start + len(title)), ()
    return f"{title}\n\n{body}", Span(0, len(title)), ("title_prepended",)
