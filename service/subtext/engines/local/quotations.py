# ruff: noqa: RUF001 - quotation marks of many scripts
"""Quotation marks: where somebody else's words begin and end, straight or curly, single or double, by paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SINGLE_MAX = 300
_ATTRIBUTED = re.compile(r",\s(?:[\w.]+\s){0,4}(?:said|says|added|adds|wrote|told|insisted|argued|warned)\b")
_MARK = re.compile(r"``|''|[\"“”„‟«»]")
# Which marks close a quotation by the one that opens it; typists mix them, so each has more than one.
_CLOSERS = {"“": '”"', "„": '“”"', "‟": '”"', "«": "»", "»": "«", '"': '"”', "``": "''\"”", "”": "”"}
_OPENING = frozenset({"“", "„", "‟", "``", "«"})
# Marks that open in one country and close in another, and those of which only the place tells.
_EITHER, _AMBIGUOUS = frozenset({"»", "”"}), frozenset({'"', "“", "”"})
# A single mark opens where no letter stands before it, and closes where none follows; "won't" does neither. After an s
# it may be a possessive: "the leaders' fear." goes on while its quotation is still to be closed.
_POSSESSIVE = r"(?<=s['’])\s[^'‘’\n]{1,80}[.,!?]['’]"
_INNER = rf"[^'‘’\n]|(?<=[^\W_])['’](?=[^\W_])|['’](?={_POSSESSIVE})"
_SINGLE = re.compile(rf"(?<![^\W_])['‘](?=\S)((?:{_INNER}){{1,{_SINGLE_MAX}}}?)(?<=\S)['’](?![^\W_])(?!{_POSSESSIVE})")
_LOW_SINGLE = re.compile(rf"‚([^‚‘’\n]{{1,{_SINGLE_MAX}}})[‘’](?![^\W_])")
_OPENS = re.compile(r"\s*(?:[\"“„«»‟]|``)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """The words between two marks: `start` and `end` are offsets of the words, the marks are outside.

    `continues` says that no mark closes it because the next paragraph continues it; `closed` that a mark does. One that
    is neither ends with its paragraph, and nobody can tell where its words end.
    """

    start: int
    end: int
    continues: bool = False
    closed: bool = True


def quotations(paragraphs: Sequence[tuple[int, str]]) -> list[list[Quotation]]:
    """Find the outermost quotations of each paragraph (its offset and text), in order.

    A quotation that nothing closes ends with its paragraph, and goes on in the next one if that opens with a mark.
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
    taken = list(_double(text, continued=continued))
    for candidates in (_low_single(text), _single(text)):
        taken = sorted([*taken, *_free(candidates, taken)], key=lambda quote: quote.start)
    return [replace(quote, start=offset + quote.start, end=offset + quote.end) for quote in taken]


def _double(text: str, *, continued: bool) -> Iterator[Quotation]:
    """Yield the outermost quotations between double marks of any script, nested ones inside of them."""
    open_marks: list[re.Match[str]] = []
    inner: list[Quotation] = []
    for mark in _MARK.finditer(text):
        if open_marks and _closes(text, open_marks[-1][0], mark):
            quote = Quotation(open_marks.pop().end(), mark.start())
            while inner and inner[-1].start > quote.start:
                inner.pop()
            inner.append(quote)
        elif _opens(text, mark, nested=bool(open_marks)):
            open_marks.append(mark)
        if not open_marks:
            yield from _with_words(text, inner)
            inner = []
    if open_marks:
        yield from _with_words(text, _unclosed(text, open_marks[0], inner, continued=continued))


def _unclosed(text: str, mark: re.Match[str], inner: list[Quotation], *, continued: bool) -> list[Quotation]:
    """Return the quotations from a `mark` that nothing closes.

    One that opens again at each sentence, as wires print several paragraphs in one, ends where the last is closed; one
    that says who speaks before the next opens ends there.
    """
    if continued or not inner:
        return [Quotation(mark.end(), len(text.rstrip()), continues=continued, closed=continued)]
    first, *others = inner
    if _ATTRIBUTED.search(text, mark.end(), first.start - 1):
        return [Quotation(mark.end(), first.start - 1, closed=False), *inner]
    return [Quotation(mark.end(), first.end), *others]


def _with_words(text: str, quotes: Iterable[Quotation]) -> Iterator[Quotation]:
    return (quote for quote in quotes if text[quote.start : quote.end].strip())


def _opens(text: str, mark: re.Match[str], *, nested: bool) -> bool:
    """Tell whether a mark opens a quotation here: by its shape, else by what stands round it."""
    if mark[0] in _OPENING:
        return True
    before, after = _around(text, mark)
    if mark[0] == '"':
        return not before.isalnum() and after != "" and (not after.isspace() or (before.isspace() and not nested))
    return mark[0] in _EITHER and not nested and (before == "" or before.isspace()) and after.isalnum()


def _closes(text: str, opening: str, mark: re.Match[str]) -> bool:
    """Tell whether a mark closes what `opening` opened; one behind a blank and before a word opens another."""
    if mark[0] not in _CLOSERS[opening]:
        return False
    before, after = _around(text, mark)
    return mark[0] not in _AMBIGUOUS or not ((before == "" or before.isspace()) and (after.isalnum() or after == "$"))


def _around(text: str, mark: re.Match[str]) -> tuple[str, str]:
    """Return the characters before and behind a mark, empty at an end of the text."""
    return text[max(0, mark.start() - 1) : mark.start()], text[mark.end() : mark.end() + 1]


def _low_single(text: str) -> Iterator[Quotation]:
    if "‚" in text:
        for match in _LOW_SINGLE.finditer(text):
            yield Quotation(match.start(1), match.end(1))


def _single(text: str) -> Iterator[Quotation]:
    if "'" in text or "‘" in text:
        for match in _SINGLE.finditer(text):
            yield Quotation(match.start(1), match.end(1))


def _free(candidates: Iterable[Quotation], taken: Sequence[Quotation]) -> Iterator[Quotation]:
    """Yield the candidates that overlap no quotation already taken; `taken` is in order and free of overlaps."""
    for quote in candidates:
        index = bisect_right(taken, quote.end, key=lambda other: other.start)
        if index == 0 or taken[index - 1].end < quote.start:
            yield quote
