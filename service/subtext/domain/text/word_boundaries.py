"""Word boundaries: whether a quote ends inside a word or a number of the text.

A word goes on over hyphens, apostrophes and whatever folds to one, over a hyphen at the end of a line, and over what
cannot be seen; a number over the marks within it ("5" is not in "10.5", nor "5" in "-5"). Dashes part words.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

from subtext.domain.text.normalization import IGNORABLE

if TYPE_CHECKING:
    from subtext.domain.evidence import Span

_Step = Literal[-1, 1]

WORD_CHAR = re.compile(r"[^\W_]")
# Scripts without spaces between words: there every character may begin or end a quote.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_INVISIBLE = re.compile(f"[{IGNORABLE}]")
_JOINERS = frozenset("-‐‑−﹣－'’‘‛`´′ʼ＇_")  # noqa: RUF001 - look-alikes are the point
_NUMBER_JOINERS = frozenset(".,:/")
_MINUS = frozenset("-−")
_BREAK = r"[-‐‑\u00ad][ \t]*(?:\r\n|[\r\n])[ \t]*"
_BROKEN_AFTER = re.compile(_BREAK + r"[^\W_]")
_BROKEN_BEFORE = re.compile(r"[^\W_]" + _BREAK + r"\Z")
# Wider than the indent of a line of prose; bounds the look round each place.
_BREAK_MAX = 40


def is_on_word_boundaries(text: str, span: Span) -> bool:
    """Tell whether neither end of a span cuts a word; the span must hold a letter or a digit."""
    begins = _begins_plainly(text, span.start) or not _cuts(text, span.start, -1)
    return begins and (_ends_plainly(text, span.end) or not _cuts(text, span.end - 1, +1))


def _begins_plainly(text: str, start: int) -> bool:
    """Tell whether a letter of ASCII behind one blank begins here: nothing goes on there, and most quotes begin so."""
    before = text[max(0, start - 2) : start]
    return before[1:] == " " and not before[0].isspace() and text[start].isascii() and text[start].isalnum()


def _ends_plainly(text: str, end: int) -> bool:
    """Tell whether white space stands behind a character that can be seen: nothing goes on there."""
    last = text[end - 1]
    return end < len(text) and text[end].isspace() and last.isascii() and last.isprintable()


def _cuts(text: str, edge: int, step: _Step) -> bool:
    """Tell whether the word at `edge` goes on in the direction of `step`."""
    at = edge if _is_visible(text[edge]) else _visible(text, edge, -step)
    beyond = _visible(text, edge, step)
    if at is None or beyond is None:
        return False
    first, second = (at, beyond) if step > 0 else (beyond, at)
    if _is_mark(text[second]):
        return _is_letter(text[first])
    if text[at] in _JOINERS:
        inside = _visible(text, at, -step)
        return inside is not None and _is_word(text[inside]) and _is_word(text[beyond])
    return _is_word(text[at]) and _goes_on(text, at, beyond, step)


def _goes_on(text: str, at: int, beyond: int, step: _Step) -> bool:
    if _is_word(text[beyond]) or _is_broken(text, at, step):
        return True
    if step < 0 and text[at].isdigit() and text[beyond] in _MINUS:
        return True
    after = _visible(text, beyond, step)
    if after is None:
        return False
    if text[beyond] in _JOINERS:
        return _is_word(text[after])
    return text[beyond] in _NUMBER_JOINERS and text[at].isdigit() and text[after].isdigit()


def _is_broken(text: str, at: int, step: _Step) -> bool:
    """Tell whether a hyphen at the end of a line breaks the word at `at`."""
    if step > 0:
        return _BROKEN_AFTER.match(text, at + 1, at + 1 + _BREAK_MAX) is not None
    return _BROKEN_BEFORE.search(text, max(0, at - _BREAK_MAX), at) is not None


def _visible(text: str, at: int, step: int) -> int | None:
    at += step
    while 0 <= at < len(text):
        if _is_visible(text[at]):
            return at
        at += step
    return None


def _is_visible(char: str) -> bool:
    return _INVISIBLE.match(char) is None


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _is_letter(char: str) -> bool:
    return WORD_CHAR.match(char) is not None or _is_mark(char)


def _is_word(char: str) -> bool:
    return _is_letter(char) and UNSPACED.match(char) is None
