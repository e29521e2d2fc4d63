"""Clauses: the words round a phrase that carry a claim, short enough to be evidence and long enough to be read."""

from __future__ import annotations

import re

from subtext.engines.local.words import widened

_WORDS_MIN, _WORDS_MAX = 4, 22
# A window of words to either side, where the clause is too short or too long.
_WINDOW = 7
_EDGE = re.compile(r"[,;:()\[\]]|\s[-–]+\s|—")
_MARGIN = " \t\r\n\u00a0,;:.!?…-–—'\"‘’“”()[]*_"


def clause_of(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    """The clause inside the range `within` that holds `core`, of 4 to 22 words where it can be.

    A shorter one takes in the clause after it, or else the one before.
    """
    begins, ends = [within[0]], []
    for edge in _EDGE.finditer(text, *within):
        if edge.end() <= core[0]:
            begins.append(edge.end())
        elif edge.start() >= core[1]:
            ends.append(edge.start())
            if len(ends) > 1:
                break
    begin, end = begins[-1], [*ends, within[1]][0]
    further = (begin, [*ends, within[1], within[1]][1]), (begins[-2:][0], end)
    for start, finish in ((begin, end), *further):
        if _WORDS_MIN <= len(text[start:finish].split()) <= _WORDS_MAX:
            return start, finish
    return _window(text, core, (begin, end) if len(text[begin:end].split()) > _WORDS_MAX else within)


def tidied(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The range without the punctuation at its ends, grown to whole words; None where that leaves no quote."""
    words = text[start:end].rstrip(_MARGIN)
    bare = words.lstrip(_MARGIN)
    begin = start + len(words) - len(bare)
    return widened(text, begin, begin + len(bare)) if bare else None


def _window(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    before = text[within[0] : core[0]].rsplit(None, _WINDOW)
    after = text[core[1] : within[1]].split(None, _WINDOW)
    begin = within[0] + len(before[0]) if len(before) > _WINDOW else within[0]
    finish = within[1] - len(after[-1]) if len(after) > _WINDOW else within[1]
    return begin, finish
