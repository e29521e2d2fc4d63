"""Word table: every word of a text once, as written and in lower case, with its offset, for all that look at words."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from typing import Final

from subtext.domain.text.normalization import find_unusual

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# Apostrophes, hyphens and stops inside a word belong to it ("can't", "last-ditch", "U.S"), up to as many parts as no
# word has: an endless chain must not be one word, which would lie in many sentences.
_PARTS_MAX = 15
_WORD = re.compile(rf"([^\W_]+(?:['’.-][^\W_]+){{0,{_PARTS_MAX}}})")
# The same for a text without underscores: a class of its own is faster than the complement of two.
_PLAIN_WORD = re.compile(rf"(\w+(?:['’.-]\w+){{0,{_PARTS_MAX}}})")
# Scripts that put no space between words go by characters; a pattern of its own, for it takes half as long again.
_WORD_OR_SIGN = re.compile(rf"((?=\w)[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’.-][^\W_{_UNSPACED}]+){{0,{_PARTS_MAX}}})")

# Marks are parts of words in Indic scripts, and in others where they are written apart from their letters.
_COUNTED_WORD = re.compile(
    r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0df3]+"
    r"(?:[’'-][\w\u0300-\u036f]+)*"
)
# Scripts that put no space between words: about two characters make a word of Chinese or Japanese, and about four
# make one of Thai, Lao, Khmer or Burmese.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_DENSE_WORD: Final = 2
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
_SPACELESS_WORD: Final = 4

# Characters of which the table makes other words than a reader counts, with underscores: marks, scripts without spaces.
_COUNTED_OTHERWISE = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0df3\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ufaff"
    "\U00020000-\U0003ffff]"
)


class WordTable:
    """The words of a text in order, in columns: `written`, `lower` (with straight apostrophes) and `starts`.

    `unusual` is the text's character inventory, if it is known.
    """

    def __init__(self, text: str, unusual: str | None = None) -> None:
        self._text = text
        self._unusual = find_unusual(text) if unusual is None else unusual
        pattern = _WORD if "_" in text else _PLAIN_WORD
        self._pieces = (_WORD_OR_SIGN if _HAS_UNSPACED.search(self._unusual) else pattern).split(text)
        self.written = self._pieces[1::2]

    @cached_property
    def lower(self) -> list[str]:
        """Return each word in lower case, with straight apostrophes."""
        return "\n".join(self.written).lower().replace("’", "'").split("\n") if self.written else []

    @cached_property
    def starts(self) -> list[int]:
        """Return the code point at which each word begins."""
        return list(accumulate(map(len, self._pieces)))[:-1:2]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Return the different words in lower case."""
        return frozenset(self.lower)

    @cached_property
    def compounds(self) -> frozenset[str]:
        """Return the different words that are not letters alone: with digits, hyphens, apostrophes or stops."""
        return frozenset([word for word in self.vocabulary if not word.isalpha()])

    @cached_property
    def count(self) -> int:
        """Return the number of words as `count_words` counts them: what a stop joins is several ("U.S")."""
        if "_" in self._text or _COUNTED_OTHERWISE.search(self._unusual):
            return count_words(self._text)
        return len(self.written) + "\n".join(self.written).count(".")

    def between(self, start: int, end: int) -> slice:
        """Find the run of words that begin in a range of the text."""
        first = bisect_left(self.starts, start)
        return slice(first, bisect_left(self.starts, end, first))


def count_words(text: str) -> int:
    """Return the number of words; hyphenated and apostrophised ones count once, unspaced scripts by their length."""
    if text.isascii():
        return len(_COUNTED_WORD.findall(text))
    count = 0
    for pattern, size in ((_DENSE, _DENSE_WORD), (_SPACELESS, _SPACELESS_WORD)):
        if pattern.search(text):
            count += sum(-(-len(run) // size) for run in pattern.findall(text))
            text = pattern.sub(" ", text)
    return count + len(_COUNTED_WORD.findall(text))


def word_list(line: str) -> tuple[str, ...]:
    """Split a line of words that are parted by blanks into a tuple, in order."""
    return tuple(line.split())


def word_set(line: str) -> frozenset[str]:
    """Split a line of words that are parted by blanks into a set."""
    return frozenset(line.split())
