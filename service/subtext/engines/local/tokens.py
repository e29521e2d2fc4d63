"""Words with offsets: what the lexicon and the rules of negation are matched against.

Clauses: the words round a phrase that carry a claim, short enough to be evidence and long enough to be read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Hyphens part words ("last-ditch" is "last ditch"); apostrophes do not ("can't" is one word).
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")

_CLAUSE_EDGE = re.compile(r"[,;:()\[\]“”\"!?…]|\s[-–—]+\s|—|\.(?=\s|\Z)")

_JOINERS = frozenset("'’-‐‑ʼ")

WIDENING_MAX = 100

# Marks and invisible format characters (Unicode categories): they are part of the word that they stand in.
_INSIDE_WORDS = frozenset({"Mn", "Mc", "Me", "Cf"})


@dataclass(frozen=True, slots=True)
class WordToken:
    """A word in lower case without its possessive, where it stands, and the number of its clause."""

    norm: str
    start: int
    end: int
    clause: int


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written as one line of text."""
    return frozenset(words.split())


def tokenize(text: str, offset: int) -> list[WordToken]:
    """The words of a sentence that stands at `offset`, clause by clause (parted by punctuation)."""
    edges = [found.start() for found in _CLAUSE_EDGE.finditer(text)]
    edges.append(len(text) + 1)
    clause = 0
    words = []
    for found in _WORD.finditer(text):
        while edges[clause] < found.start():
            clause += 1
        words.append(WordToken(_norm(found[0]), offset + found.start(), offset + found.end(), clause))
    return words


def expand_to_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The same range grown to whole words: no cut through marks, or at a hyphen or an apostrophe inside a word.

    None where more than 100 characters would have to be added on a side: that is no word.
    """
    low, high = max(0, start - WIDENING_MAX), min(len(text), end + WIDENING_MAX)
    while start > 0 and _goes_on(text, start - 1, -1):
        start -= 1
        if start < low:
            return None
    while end < len(text) and _goes_on(text, end, +1):
        end += 1
        if end > high:
            return None
    return start, end


def _goes_on(text: str, at: int, step: int) -> bool:
    """Whether the character belongs to the word beside it; a joiner does when a word follows on its far side."""
    if text[at] in _JOINERS:
        beyond = at + step
        return 0 <= beyond < len(text) and _is_part(text[beyond])
    return _is_part(text[at])


def _is_part(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in _INSIDE_WORDS


def _norm(word: str) -> str:
    return word.lower().replace("’", "'").replace("ʼ", "'").removesuffix("'s")


_WORDS_MIN, _WORDS_MAX = 4, 22

# A window of words to either side, where the clause is too short or too long.
_WINDOW = 7

_EDGE = re.compile(r"[,;:()\[\]]|\s[-–]+\s|—")

_MARGIN = " \t\r\n\u00a0,;:.!?…-–—'\"‘’“”()[]*_"


def enclosing_clause(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
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


def trim_to_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The range without the punctuation at its ends, grown to whole words; None where that leaves no quote."""
    words = text[start:end].rstrip(_MARGIN)
    bare = words.lstrip(_MARGIN)
    begin = start + len(words) - len(bare)
    return expand_to_words(text, begin, begin + len(bare)) if bare else None


def _window(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    before = text[within[0] : core[0]].rsplit(None, _WINDOW)
    after = text[core[1] : within[1]].split(None, _WINDOW)
    begin = within[0] + len(before[0]) if len(before) > _WINDOW else within[0]
    finish = within[1] - len(after[-1]) if len(after) > _WINDOW else within[1]
    return begin, finish
