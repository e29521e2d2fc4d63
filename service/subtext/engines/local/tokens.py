"""Words with offsets: what the lexicon and the rules of negation are matched against.

Clauses: the words round a phrase that carry a claim, short enough to be evidence and long enough to be read.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from subtext.domain.text.words import WordTable

if TYPE_CHECKING:
    from subtext.domain.text.prepared import PreparedText

# Hyphens and stops part words ("last-ditch" is "last ditch"); apostrophes do not ("can't" is one word).
_PART = re.compile(r"[^.-]+")

_CLAUSE_EDGE = re.compile(r"[,;:()\[\]“”\"!?…]|\s[-–—]+\s|—|\.(?=\s|\Z)")

_JOINERS = frozenset("'’-‐‑ʼ")

WIDENING_MAX = 100

# Marks and invisible format characters (Unicode categories): they are part of the word that they stand in.
_INSIDE_WORDS = frozenset({"Mn", "Mc", "Me", "Cf"})


class WordToken(NamedTuple):
    """A word in lower case without its possessive, where it stands, and the number of its clause."""

    norm: str
    start: int
    end: int
    clause: int


def tokenize(text: str, offset: int) -> list[WordToken]:
    """Tokenize a sentence that stands at `offset`, clause by clause (parted by punctuation)."""
    return _tokens(WordTable(text), slice(None), text, 0, offset)


def tokenize_sentences(text: PreparedText) -> dict[int, list[WordToken]]:
    """Tokenize every sentence of a text; the key is where the sentence begins."""
    words, firsts = text.words, text.first_words
    return {
        sentence.start: _tokens(words, slice(first, end), sentence.text, sentence.start, 0)
        for sentence, (first, end) in zip(text.sentences, pairwise(firsts), strict=True)
    }


def _tokens(words: WordTable, run: slice, sentence: str, begin: int, offset: int) -> list[WordToken]:
    edges = [begin + match.start() for match in _CLAUSE_EDGE.finditer(sentence)]
    edges.append(begin + len(sentence) + 1)
    clause = 0
    tokens = []
    for word, lower, start in zip(words.written[run], words.lower[run], words.starts[run], strict=True):
        while edges[clause] < start:
            clause += 1
        at = offset + start
        if "-" in word or "." in word:
            parts = [(match[0], match.start()) for match in _PART.finditer(word)]
            tokens += [WordToken(_norm(part.lower()), at + low, at + low + len(part), clause) for part, low in parts]
        else:
            norm = lower if lower.isascii() and "'" not in lower else _norm(lower)
            tokens.append(WordToken(norm, at, at + len(word), clause))
    return tokens


def expand_to_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Expand a range to whole words: no cut through marks, or at a hyphen or an apostrophe inside a word.

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
    """Tell whether the character belongs to the word beside it; a joiner does when a word follows on its far side."""
    if text[at] in _JOINERS:
        beyond = at + step
        return 0 <= beyond < len(text) and _is_part(text[beyond])
    return _is_part(text[at])


def _is_part(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in _INSIDE_WORDS


def _norm(lower: str) -> str:
    return lower.replace("’", "'").replace("ʼ", "'").removesuffix("'s")


_WORDS_MIN, _WORDS_MAX = 4, 22

# A window of words to either side, where the clause is too short or too long.
_WINDOW = 7

_EDGE = re.compile(r"[,;:()\[\]]|\s[-–]+\s|—")

_MARGIN = " \t\r\n\u00a0,;:.!?…-–—'\"‘’“”()[]*_"


def enclosing_clause(text: str, core: tuple[int, int], within: tuple[int, int]) -> tuple[int, int]:
    """Find the clause inside the range `within` that `core` lies in, of 4 to 22 words if there is one.

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
    """Trim the punctuation at the ends of a range, and expand it to whole words; None if that leaves no quote."""
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
