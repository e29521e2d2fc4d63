"""Chunking: a long text in overlapping pieces that end where a paragraph or a sentence does, offsets kept.

Tokens are estimated from the script, without a tokenizer: what a server reports corrects the estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.analysis import Coverage
from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.domain.text.prepared import PreparedText

# How much of a passage stands in the next one too, so that what lies across the border is seen whole once.
OVERLAP = 0.05
# A passage may end early by this much where a paragraph ends there.
_EARLY = 0.2
_UNIT_MAX = 1_000
# Tokens a character: a share of a word in alphabets, one or more where a character is a word or a picture.
_ASCII, _ALPHABET, _WORD_SIGN, _PICTURE = 0.25, 0.5, 1.0, 2.0
_ASCII_BYTES = bytes(range(0x80))
# The first of the four bytes of a character beyond the basic plane.
_LEADS_OF_FOUR = bytes(range(0xF0, 0xF5))


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text has; a quarter of an ASCII character each, more in other scripts."""
    return round(_size(text))


def sentence_spans(text: PreparedText) -> Iterator[Span]:
    """Yield the sentences of a text with the blanks behind them, in order and without gaps; endless ones are cut."""
    begin = 0
    for end in (*[sentence.start for sentence in text.sentences[1:]], len(text.text)):
        while begin < end:
            stop = min(end, begin + _UNIT_MAX)
            yield Span(begin, stop)
            begin = stop


def split_into_chunks(text: PreparedText, tokens: float) -> tuple[Span, ...]:
    """Split into overlapping pieces of so many estimated tokens at most; the whole text if it is no longer."""
    if estimate_tokens(text.text) <= tokens:
        return (Span(0, len(text.text)),)
    units = list(sentence_spans(text))
    sizes = [_size(text.text[unit.start : unit.end]) for unit in units]
    chunks: list[Span] = []
    first = 0
    while True:
        last = _chunk_end(first, units, sizes, tokens, text.text)
        chunks.append(Span(units[first].start, units[last].end))
        if last == len(units) - 1:
            return tuple(chunks)
        first = _next_start(first, last, sizes, tokens * OVERLAP)


def coverage(length: int, read: Iterable[Span]) -> Coverage:
    """Add up what of a text was read, and give the rest as failed."""
    joined: list[Span] = []
    for span in sorted(read):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    borders = [0, *(border for span in joined for border in (span.start, span.end)), length]
    gaps = tuple(Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=True) if a < b)
    done = sum(span.end - span.start for span in joined)
    return Coverage(complete=not gaps, ranges_read=tuple(joined), ranges_failed=gaps, fraction=round(done / length, 4))


def _chunk_end(first: int, units: Sequence[Span], sizes: Sequence[float], tokens: float, text: str) -> int:
    """Find the unit that a chunk ends with: the last that fits, or one a little before that ends a paragraph."""
    last, size = first, sizes[first]
    paragraph: int | None = None
    while last + 1 < len(units) and size + sizes[last + 1] <= tokens:
        last += 1
        size += sizes[last]
        if size >= tokens * (1 - _EARLY) and "\n" in text[units[last].start : units[last].end]:
            paragraph = last
    return last if last + 1 == len(units) or paragraph is None else paragraph


def _next_start(first: int, last: int, sizes: Sequence[float], overlap: float) -> int:
    """Find where the next chunk begins: behind this one, less the overlap, and always further on."""
    start, size = last + 1, 0.0
    while start - 1 > first and size + sizes[start - 1] <= overlap:
        start -= 1
        size += sizes[start]
    return start


def _size(text: str) -> float:
    if text.isascii():
        return len(text) * _ASCII
    # Counted by the bytes of UTF-8: a long article is measured often, and a loop over characters is slow.
    coded = text.encode("utf-8", "surrogatepass")
    foreign = coded.translate(None, _ASCII_BYTES)
    ascii_ = len(coded) - len(foreign)
    pictures = len(foreign) - len(foreign.translate(None, _LEADS_OF_FOUR))
    others = len(text) - ascii_ - pictures
    signs = len(foreign) - 4 * pictures - 2 * others
    return ascii_ * _ASCII + (others - signs) * _ALPHABET + signs * _WORD_SIGN + pictures * _PICTURE
