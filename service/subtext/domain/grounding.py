"""Grounding: a quote counts only if its very words are in the article.

Tolerant of typography (see `normalization`), strict on words: no other, missing, added or reordered word, no ellipsis
that jumps over text, and no cut through a word ("can" is not in "can't", see `word_boundaries`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from subtext.domain.evidence import Match, Span
from subtext.domain.text.normalization import NormalizedText, normalize_quote
from subtext.domain.text.word_boundaries import UNSPACED, WORD_CHAR, is_on_word_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.domain.evidence import MatchKind

NotFoundReason = Literal["empty", "too_long", "case_differs", "cuts_a_word", "ellipsis", "not_in_text"]

# Far longer than evidence is (a phrase); bounds the work that one quote can cause.
QUOTE_MAX_CHARS = 2_000
# A text that repeats the letters of one quote more often than this is no article; bounds the search in it.
_HITS_MAX = 10_000
# The end of a word, or any character of an unspaced script: behind it a quote may begin.
_WORD_END = re.compile(r"[\W_]|" + UNSPACED.pattern)
_PLAIN_CHAR = re.compile("[A-Za-z0-9]")
_WORD = re.compile(r"[^\W_]+")
_EDGES = "'\".,;:!?…-() "
_ELLIPSIS = re.compile(r"\s*\[?\(?\.{3,}\)?\]?\s*")


@dataclass(frozen=True, slots=True)
class QuoteNotFound:
    """Why a quote is no evidence."""

    quote: str
    reason: NotFoundReason


def ground(quote: str, article: NormalizedText, *, near_offset: int | None = None) -> Match | QuoteNotFound:
    """Ground a quote: find its place in the article, or say why there is none.

    Of several occurrences the first is taken, or the one nearest to `near_offset` (code points). Quotation marks, dots
    and other punctuation at the ends of the quote may differ from the article's.
    """
    if len(quote) > QUOTE_MAX_CHARS:
        return QuoteNotFound(quote, "too_long")
    # Letters and digits of ASCII stay what they are: found as it is, such a quote needs no normalization.
    if not _PLAIN_CHAR.search(quote) and not WORD_CHAR.search(normalize_quote(quote)):
        return QuoteNotFound(quote, "empty")
    if spans := list(_find_exact(quote.strip(), article.original)):
        return _match(spans, article, near_offset, "exact")
    return _ground_normalized(quote, article, near_offset)


def _ground_normalized(quote: str, article: NormalizedText, near_offset: int | None) -> Match | QuoteNotFound:
    folded = normalize_quote(quote)
    if lacks_longest_word(folded, article):
        return QuoteNotFound(quote, "not_in_text")
    for needle in dict.fromkeys((folded, folded.strip(_EDGES))):
        if spans := list(_find_normalized(needle, article)):
            return _match(spans, article, near_offset, "folded")
    return QuoteNotFound(quote, _reason(folded.strip(_EDGES), article))


def lacks_longest_word(folded: str, article: NormalizedText) -> bool:
    """Tell, without normalization of the text, whether it lacks a word of a normalized quote; False if unsure."""
    return article.lacks(max(_WORD.findall(folded), key=len))


def _match(spans: list[Span], article: NormalizedText, near_offset: int | None, kind: MatchKind) -> Match:
    index = 0 if near_offset is None else min(range(len(spans)), key=lambda i: abs(spans[i].start - near_offset))
    span = spans[index]
    verbatim = article.original[span.start : span.end]
    return Match(span, article.utf16(span), verbatim, index + 1, len(spans), kind)


def _find_exact(needle: str, text: str) -> Iterator[Span]:
    for at in find_occurrences(needle, text):
        span = Span(at, at + len(needle))
        if is_on_word_boundaries(text, span):
            yield span


def _find_normalized(needle: str, article: NormalizedText) -> Iterator[Span]:
    for at in find_occurrences(needle, article.normalized):
        span = article.to_original(at, at + len(needle))
        if span is not None and is_on_word_boundaries(article.original, span):
            yield span


def find_occurrences(needle: str, text: str) -> Iterator[int]:
    """Yield where a string stands in a text, at most one place in each word: linear in the text."""
    at = text.find(needle)
    for _ in range(_HITS_MAX):
        if at < 0:
            return
        yield at
        at = text.find(needle, _next_start(text, at))


def _next_start(text: str, at: int) -> int:
    """Find the next place where a quote can begin: jumping there keeps the search linear in one endless word."""
    gap = _WORD_END.search(text, at)
    return len(text) if gap is None else gap.end()


def _reason(bare: str, article: NormalizedText) -> NotFoundReason:
    if bare in article.normalized:
        return "cuts_a_word"
    if bare.casefold() in article.casefolded:
        return "case_differs"
    parts = [part for part in _ELLIPSIS.split(bare) if part]
    if len(parts) > 1 and all(part in article.normalized for part in parts):
        return "ellipsis"
    return "not_in_text"
