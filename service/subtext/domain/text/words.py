"""Word table: every word of a text once, as written and in lower case, with its offset, for all that look at words."""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# Apostrophes, hyphens and stops inside a word belong to it ("can't", "last-ditch", "U.S"), up to as many parts as no
# word has: an endless chain must not be one word, which would lie in many sentences.
_JOINERS: Final = "'’.-"
_PARTS_MAX: Final = 15
# Scripts that put no space between words go by characters.
_WORD_OR_SIGN = re.compile(
    rf"(?=\w)[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[{_JOINERS}][^\W_{_UNSPACED}]+){{0,{_PARTS_MAX}}}"
)
_SOLID = re.compile("[^ ]+")
# A joiner that does not stand between two letters or digits, in a text whose other marks are blanks.
_LOOSE_JOINER = re.compile(rf"[{_JOINERS}](?:(?![^ {_JOINERS}])|(?<![^ {_JOINERS}][{_JOINERS}]))")
_JOINER = re.compile(f"([{_JOINERS}])")
# A shorter word has no more parts than are allowed.
_CHAIN_MIN: Final = 2 * _PARTS_MAX + 3
_CHAIN = re.compile(f"[^ ]{{{_CHAIN_MIN},}}")
# So many different marks are blanked one after the other; a text that has more is gone through once, more slowly.
_MARKS_MAX: Final = 64
_SEPARATOR = re.compile(rf"[^\w{_JOINERS}]|_")
_LATIN_LOWER: Final = "".join(map(chr, range(256))).lower().encode("latin-1")
_PLAIN: Final = (string.ascii_letters + string.digits + " ").encode()

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

    What parts words is blanked out first, character for character; words are what then stands between blanks.
    `inventory` is the text's (`list_characters`), if it is known. `ranges` are what the text is made of, such as its
    sentences, if `first_in` will be asked for them: the text is then cut into words range by range, once for both.
    """

    def __init__(self, text: str, inventory: str | None = None, ranges: Sequence[tuple[int, int]] = ()) -> None:
        self._text, self._ranges = text, ranges
        self._inventory = list_characters(text) if inventory is None else inventory
        self._is_unspaced = _HAS_UNSPACED.search(self._inventory) is not None
        self._blanked = text if self._is_unspaced else _blank_separators(text, self._inventory)
        self._lowered = _lower("\n".join(self.written) if self._is_unspaced else self._blanked)
        self._firsts: list[int] = []
        self._places: dict[str, list[int]] = {}
        self.lower = self._cut_by_ranges(self._lowered) if self._may_cut(self._lowered) else self._lowered.split()
        self.vocabulary = frozenset(self.lower)
        longest = max(map(len, self.vocabulary), default=0)
        if longest >= _CHAIN_MIN and not self._is_unspaced:
            self._blanked = _CHAIN.sub(_cut_chain, self._blanked)
            self._lowered = _lower(self._blanked)
            self.lower = self._lowered.split()
            self._firsts = []
            self.vocabulary = frozenset(self.lower)

    def _cut_by_ranges(self, lower: str) -> list[str]:
        """Cut a text into words range by range, and note where the words of each begin."""
        words: list[str] = []
        for start, end in self._ranges:
            self._firsts.append(len(words))
            words += lower[start:end].split()
        self._firsts.append(len(words))
        return words

    @property
    def _is_aligned(self) -> bool:
        """Return whether words are parted by blanks, and every offset is the same in lower case."""
        return not self._is_unspaced and len(self._lowered) == len(self._text)

    def lacks_before(self, beginning: str, end: int) -> bool:
        """Tell whether no word with this lower-case beginning stands before an offset; False if that is not sure."""
        if not self._is_aligned or self._lowered.startswith(beginning):
            return False
        # The last of them may begin just before the offset, behind a blank.
        return self._lowered.find(" " + beginning, 0, end - 1 + len(beginning)) < 0

    def _may_cut(self, lower: str) -> bool:
        """Return whether words can be cut by ranges: none begins inside a word."""
        if not self._ranges or not self._is_aligned:
            return False
        return not "".join([lower[start - 1 : start] for start, _ in self._ranges]).strip(" ")

    @cached_property
    def written(self) -> list[str]:
        """Return each word as it is written."""
        return _WORD_OR_SIGN.findall(self._text) if self._is_unspaced else self._blanked.split()

    @cached_property
    def starts(self) -> list[int]:
        """Return the code point at which each word begins."""
        pattern = _WORD_OR_SIGN if self._is_unspaced else _SOLID
        return [match.start() for match in pattern.finditer(self._blanked)]

    def places(self, word: str) -> list[int]:
        """Return the numbers of the words that have a lower-case form, in order."""
        if word not in self._places:
            first, following = self._occurrences
            places = self._places[word] = []
            at = first.get(word, -1)
            while at >= 0:
                places.append(at)
                at = following[at]
        return self._places[word]

    @cached_property
    def _occurrences(self) -> tuple[dict[str, int], list[int]]:
        """Return where each form stands first, and for each word where its form stands next; -1 for nowhere.

        A list for each form would be 700 objects for an article, and the garbage collector looks at each of them.
        """
        first: dict[str, int] = {}
        following = [-1] * len(self.lower)
        next_of = first.get
        for at in range(len(following) - 1, -1, -1):
            word = self.lower[at]
            following[at] = next_of(word, -1)
            first[word] = at
        return first, following

    @cached_property
    def compounds(self) -> frozenset[str]:
        """Return the different words that are not letters alone: with digits, hyphens, apostrophes or stops."""
        return frozenset([word for word in self.vocabulary if not word.isalpha()])

    @cached_property
    def count(self) -> int:
        """Return the number of words as `count_words` counts them: what a stop joins is several ("U.S")."""
        if "_" in self._inventory or _COUNTED_OTHERWISE.search(self._inventory):
            return count_words(self._text)
        return len(self.lower) + self._blanked.count(".")

    def written_in(self, run: slice, start: int, end: int) -> list[str]:
        """Return the words of a run as they are written; it is the one that begins in a range of the text."""
        if "written" not in self.__dict__ and not self._is_unspaced and self._blanked[end : end + 1] in {"", " "}:
            words = self._blanked[start:end].split()
            if len(words) == run.stop - run.start:
                return words
        return self.written[run]

    def find_start(self, at: int, first: int, begin: int) -> int:
        """Return where word `at` begins if word `first` is the first one that begins at `begin` or behind it."""
        if self._is_unspaced:
            return self.starts[at]
        return next(islice(_SOLID.finditer(self._blanked, begin), at - first, None)).start()

    def count_between(self, start: int, end: int) -> int:
        """Count the words that begin in a range of the text, which does not begin inside a word."""
        if self._is_unspaced:
            return bisect_left(self.starts, end) - bisect_left(self.starts, start)
        return len(self._blanked[start:end].split())

    def first_in(self, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """Return for each of the ranges that make up a text the number of its first word, and the count at the end."""
        if ranges is self._ranges and len(self._firsts) == len(ranges) + 1:
            return self._firsts
        if not self._is_unspaced:
            blanked = self._blanked
            counts = [len(blanked[start:end].split()) for start, end in ranges]
            if sum(counts) == len(self.lower):
                return list(accumulate(counts, initial=0))
        # A range begins inside a word, or a script has words without blanks between them.
        return [*[bisect_left(self.starts, start) for start, _ in ranges], len(self.lower)]


def list_characters(text: str) -> str:
    """Return each character but letters and digits of ASCII and blanks that a text has, once, in order."""
    others = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
    return "".join(sorted(frozenset(others.decode("utf-8", "surrogatepass")))) if others else ""


def _blank_separators(text: str, inventory: str) -> str:
    """Replace all that parts words by blanks: marks, and joiners that stand at an edge of a word."""
    separators = [char for char in inventory if not char.isalnum() and char not in _JOINERS]
    if len(separators) > _MARKS_MAX:
        text = _SEPARATOR.sub(" ", text)
    else:
        for separator in reversed(separators):
            text = text.replace(separator, " ")
    return _LOOSE_JOINER.sub(" ", text)


def _cut_chain(chain: re.Match[str]) -> str:
    """Replace the joiner behind every 16 parts of a word by a blank."""
    pieces = _JOINER.split(chain[0])
    pieces[2 * _PARTS_MAX + 1 :: 2 * _PARTS_MAX + 2] = [" "] * len(pieces[2 * _PARTS_MAX + 1 :: 2 * _PARTS_MAX + 2])
    return "".join(pieces)


def _lower(words: str) -> str:
    """Return words in lower case with straight apostrophes; Western letters by a table, five times as fast."""
    straight = words.replace("’", "'")
    try:
        return straight.encode("latin-1").translate(_LATIN_LOWER).decode("latin-1")
    except UnicodeEncodeError:
        return straight.lower()


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
