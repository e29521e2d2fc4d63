"""Words with offsets: what the lexicon and the rules of negation are matched against."""

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
class Word:
    """A word in lower case without its possessive, where it stands, and the number of its clause."""

    norm: str
    start: int
    end: int
    clause: int


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written as one line of text."""
    return frozenset(words.split())


def words_of(text: str, offset: int) -> list[Word]:
    """The words of a sentence that stands at `offset`, clause by clause (parted by punctuation)."""
    edges = [found.start() for found in _CLAUSE_EDGE.finditer(text)]
    edges.append(len(text) + 1)
    clause = 0
    words = []
    for found in _WORD.finditer(text):
        while edges[clause] < found.start():
            clause += 1
        words.append(Word(_norm(found[0]), offset + found.start(), offset + found.end(), clause))
    return words


def widened(text: str, start: int, end: int) -> tuple[int, int] | None:
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
