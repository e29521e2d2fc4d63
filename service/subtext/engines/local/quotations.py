"""Quotation marks: where somebody else's words begin and end, straight or curly, single or double, by paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SINGLE_MAX = 300
# One pair of curly marks may stand inside another.
_CURLY = re.compile(r"[“„«]([^“”«»„]*(?:“[^“”]*”[^“”«»]*)?)([”»]|\Z)")
_STRAIGHT = re.compile(r'"([^"]*)("|\Z)')
# A single mark opens where no letter stands before it, and closes where none follows; "won't" does neither. After an s
# it may be a possessive: "the leaders' fear." goes on while its quotation is still to be closed.
_POSSESSIVE = r"(?<=s['’])\s[^'‘’\n]{1,80}[.,!?]['’]"
_INNER = rf"[^'‘’\n]|(?<=[^\W_])['’](?=[^\W_])|['’](?={_POSSESSIVE})"
_SINGLE = re.compile(rf"(?<![^\W_])['‘](?=\S)((?:{_INNER}){{1,{_SINGLE_MAX}}}?)(?<=\S)['’](?![^\W_])(?!{_POSSESSIVE})")
_OPENS = re.compile(r"\s*[\"“„«]")


@dataclass(frozen=True, slots=True)
class Quotation:
    """The words between two marks: `start` and `end` are offsets of the words, the marks are outside.

    `continues` says that no mark closes it because the next paragraph continues it.
    """

    start: int
    end: int
    continues: bool = False


def quotations(paragraphs: Sequence[tuple[int, str]]) -> list[list[Quotation]]:
    """Find the outermost quotations of each paragraph (its offset and text), in order.

    A mark that nothing closes makes a quotation of the rest of its paragraph only where the next one opens with a mark.
    """
    following = [_OPENS.match(text) is not None for _, text in paragraphs[1:]]
    return [
        _in_paragraph(text, offset, continued=continued)
        for (offset, text), continued in zip(paragraphs, [*following, False], strict=False)
    ]


def quotation_at(found: Sequence[Quotation], at: int) -> Quotation | None:
    """Find the quotation of a paragraph that an offset lies in, or None."""
    index = bisect_right(found, at, key=lambda quote: quote.start) - 1
    return found[index] if index >= 0 and at < found[index].end else None


def _in_paragraph(text: str, offset: int, *, continued: bool) -> list[Quotation]:
    taken: list[Quotation] = []
    for candidates in (
        _double(_CURLY, text, continued=continued),
        _double(_STRAIGHT, text, continued=continued),
        _single(text),
    ):
        taken = sorted([*taken, *_free(candidates, taken)], key=lambda quote: quote.start)
    return [Quotation(offset + quote.start, offset + quote.end, quote.continues) for quote in taken]


def _double(pattern: re.Pattern[str], text: str, *, continued: bool) -> Iterator[Quotation]:
    for found in pattern.finditer(text):
        closed = bool(found[2])
        if found[1].strip() and (closed or continued):
            yield Quotation(found.start(1), found.end(1), continues=not closed)


def _single(text: str) -> Iterator[Quotation]:
    if "'" in text or "‘" in text:
        for found in _SINGLE.finditer(text):
            yield Quotation(found.start(1), found.end(1))


def _free(candidates: Iterable[Quotation], taken: Sequence[Quotation]) -> Iterator[Quotation]:
    """Yield the candidates that overlap no quotation already taken; `taken` is in order and free of overlaps."""
    for quote in candidates:
        index = bisect_right(taken, quote.end, key=lambda other: other.start)
        if index == 0 or taken[index - 1].end < quote.start:
            yield quote
