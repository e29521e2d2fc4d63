"""Text as it is given: never changed, so that a caller's own offsets hold, but looked through for what hides in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.domain.article import AnalysisWarning, Article, find_headline, prepend_title
from subtext.domain.evidence import Span
from subtext.domain.text.prepared import PreparedText
from subtext.domain.text.unicode import drop_ascii
from subtext.errors import InvalidText, TextTooLong
from subtext.intake.language_detection import detect_language, parse_language_tag
from subtext.intake.text_blocks import find_subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.article import Source

# C0 and C1 controls but white space (tab, line feed, vertical tab, form feed, return, next line), and delete.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ASCII_CONTROLS = bytes(code for code in range(128) if _CONTROL.match(chr(code)))
# What shows nothing and can carry a message or turn the reading order: zero-width marks, bidi embeddings and isolates,
# tag characters (but for the flags made of them), runs of variation selectors. Joiners and soft hyphens are everyday.
_HIDDEN = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f"
    "|(?P<hidden>[\u180e\u200b\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]|(?<!^)\ufeff|[\U000e0100-\U000e01ef]{3,})"
)
# One of these is in every such mark.
_MAY_HIDE = re.compile("[\u180e\u200b\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e01ef]")
# What decoders write for bytes that they cannot read.
_UNREADABLE = "\ufffd"
_MARKUP = re.compile(r"</?(?:p|div|span|a|br|img|script|html|body|h[1-6]|ul|li|table)\b[^<>]{0,200}>", re.IGNORECASE)
_MARKUP_MIN = 5
_WORDLIKE = re.compile(r"[^\W_]")


def build_article(text: str, source: Source, *, title: str | None, language: str | None, max_chars: int) -> Article:
    """Return the article that a text is; raises `InvalidText`, `TextTooLong` or `RequestInvalid`."""
    named = None if language is None else parse_language_tag(language)
    require_length(text, max_chars)
    if text.strip() and _WORDLIKE.search(text) is None:
        raise InvalidText("the text holds no word: send the article's words")
    whole, headline, done = prepend_title(_one_line(title), text)
    require_length(whole, max_chars)
    prepared = PreparedText(whole)
    return Article(
        text=whole,
        source=source,
        headline=headline or find_subject(whole) or find_headline(whole),
        language=named or detect_language(whole),
        normalisation=done,
        warnings=tuple(text_warnings(prepared)),
        prepared_text=prepared,
    )


def require_length(text: str, max_chars: int) -> None:
    """Raise `TextTooLong` if a text is longer than allowed."""
    if len(text) > max_chars:
        raise TextTooLong(
            f"the text has {len(text):,} characters, over the limit of {max_chars:,}: send a part, or raise the limit"
        )


def text_warnings(prepared: PreparedText) -> Iterator[AnalysisWarning]:
    """Yield what a reader of the analysis should know: hidden and control characters, markup, data for prose."""
    text = prepared.text
    # A search with a class of characters takes 10 ns for each: what few there are beyond ASCII are searched alone.
    encoded = text.encode("utf-8", "surrogatepass")
    foreign = drop_ascii(encoded)
    has_controls = len(encoded) > len(encoded.translate(None, _ASCII_CONTROLS)) or _CONTROL.search(foreign)
    if has_controls and (match := _CONTROL.search(text)):
        yield AnalysisWarning(
            "control_characters",
            "the text holds control characters (the first is marked): they are kept, so that offsets hold",
            span=Span(*match.span()),
        )
    if _MAY_HIDE.search(foreign) and (hidden := _find_hidden(text)):
        yield AnalysisWarning(
            "hidden_characters",
            "the text holds characters that show nothing, such as zero-width, reordering or tag characters "
            "(the first is marked): they are kept, and may hide words from a person",
            span=Span(*hidden.span()),
        )
    if (at := text.find(_UNREADABLE)) >= 0:
        yield AnalysisWarning(
            "unreadable_characters",
            "the text holds U+FFFD (the first is marked) where a character was lost in decoding: check its charset",
            span=Span(at, at + 1),
        )
    if _has_markup(text):
        yield AnalysisWarning(
            "markup_in_text", "the text holds HTML tags: send a page as `html` to have its article extracted"
        )
    if prepared.prose != "prose":
        yield AnalysisWarning(
            "unlikely_prose",
            "this looks like code, data or words in no order more than an article: judge the answer with care",
        )


def _find_hidden(text: str) -> re.Match[str] | None:
    """Find the first mark that shows nothing and is no part of a flag."""
    return next((match for match in _HIDDEN.finditer(text) if match["hidden"]), None)


def strip_hidden(text: str) -> tuple[str, int]:
    """Return the text without the characters that show nothing, and how many those were; flags stay whole."""
    visible = _HIDDEN.sub(lambda match: "" if match["hidden"] else match[0], text)
    return visible, len(text) - len(visible)


def _one_line(title: str | None) -> str | None:
    return None if title is None else " ".join(title.split())


def _has_markup(text: str) -> bool:
    tags = _MARKUP.finditer(text)
    return sum(1 for _ in zip(range(_MARKUP_MIN), tags, strict=False)) == _MARKUP_MIN
