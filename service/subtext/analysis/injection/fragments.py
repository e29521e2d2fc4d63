"""Fragments: the sentences of a text, and the parts of them behind soft breaks, as the injection scan looks at them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.faithfulness.token import FUNCTION_WORDS
from subtext.analysis.injection.requests import OPENING_WORDS
from subtext.analysis.stems import StemTable
from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator

    from subtext.domain.text.prepared import PreparedText

_LINE_STARTS = frozenset(["", "\r", "\n"])
_PARAGRAPH_START = re.compile(r"(?:\n|\r\n?)[ \t]*(?:\n|\r\n?)\s*\Z")
_GAP_CHARS = 8
# Twice as many different words of an article have as many stems that carry meaning as are asked for, or more.
_WORDS_A_STEM = 2


class Fragment:
    """A sentence, or a part of one behind a soft break, where somebody may hide a sentence of another."""

    def __init__(self, text: str, start: int, run: slice, table: _Words) -> None:
        self.text, self.start, self._run, self._table = text, start, run, table
        self._content: frozenset[str] | None = None

    @property
    def lower(self) -> list[str]:
        """Return its words in lower case."""
        return self._table.lower[self._run]

    def count(self, words: Container[str]) -> int:
        """Count its words that are among some."""
        return sum([word in words for word in self.lower])

    @property
    def words(self) -> frozenset[str]:
        """Return the stems of its words that carry meaning."""
        if self._content is None:
            self._content = self._table.content(self._run)
        return self._content

    @property
    def span(self) -> Span:
        """Return where it stands."""
        return Span(self.start, self.start + len(self.text))

    @property
    def opens_line(self) -> bool:
        """Return whether it stands at the beginning of a line."""
        return self._table.text[max(self.start - 1, 0) : self.start] in _LINE_STARTS

    @property
    def opens_paragraph(self) -> bool:
        """Return whether it stands at the beginning of a paragraph."""
        return _PARAGRAPH_START.search(self._table.text, max(self.start - _GAP_CHARS, 0), self.start) is not None


class _Words:
    """The words of a text in lower case, and what carries meaning in a run of them."""

    def __init__(self, text: PreparedText) -> None:
        self.text, self.lower, self._vocabulary = text.text, text.words.lower, text.words.vocabulary

    def content(self, run: slice) -> frozenset[str]:
        """Return the stems of the words of a run that carry meaning."""
        return _content(frozenset(self.lower[run]))

    def has_stems(self, least: int) -> bool:
        """Tell whether there are so many stems of words that carry meaning; a few of the words mostly show it."""
        some = islice(self._vocabulary, _WORDS_A_STEM * least)
        return len(_content(some)) >= least or len(_content(self._vocabulary)) >= least


def _content(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem_all([word for word in words if word not in FUNCTION_WORDS and not word[0].isdigit()]))


class Fragments:
    """The fragments of a text in order, each made when it is looked at."""

    def __init__(self, text: PreparedText) -> None:
        self._text, self._words, self._stems = text, _Words(text), text.derive(StemTable)
        self._bounds = list(_bounds(text)) if any(sentence.soft_breaks for sentence in text.sentences) else text.ranges
        self._starts = [start for start, _ in self._bounds]
        is_cut = len(self._bounds) > len(text.sentences)
        self._first_words = text.words.first_in(self._bounds) if is_cut else text.first_words
        self._made: dict[int, Fragment] = {}

    def __len__(self) -> int:
        return len(self._bounds)

    def __getitem__(self, number: int) -> Fragment:
        if number not in self._made:
            start, end = self._bounds[number]
            self._made[number] = Fragment(self._text.text[start:end], start, self._run(number), self._words)
        return self._made[number]

    def lower(self, number: int) -> list[str]:
        """Return the words of a fragment in lower case."""
        return self._words.lower[self._run(number)]

    def quoted(self, start: int, end: int) -> Fragment:
        """Make a fragment of what another quotes."""
        return Fragment(self._text.text[start:end], start, self._text.words_between(start, end), self._words)

    def at(self, offsets: Iterable[int]) -> set[int]:
        """Return the numbers of the fragments in which these offsets lie."""
        return {max(0, bisect_right(self._starts, offset) - 1) for offset in offsets}

    def with_words(self, words: Iterable[str]) -> set[int]:
        """Return the numbers of the fragments that have one of some words of the text."""
        return self._at_words(chain.from_iterable(map(self._text.words.places, words)))

    def with_openings(self, first: frozenset[str], early: frozenset[str]) -> list[int]:
        """Return the fragments that begin with a word of `first`, have one of `early` near that, or have no word."""
        lower, firsts, table = self._words.lower, self._first_words, self._text.words
        numbers = {number for number, (at, end) in enumerate(pairwise(firsts)) if at == end or lower[at] in first}
        for at in chain.from_iterable(map(table.places, table.vocabulary & early)):
            number = bisect_right(firsts, at) - 1
            if at < firsts[number] + OPENING_WORDS:
                numbers.add(number)
        return sorted(numbers)

    def with_stem(self, item: str) -> set[int]:
        """Return the numbers of the fragments that have a stem."""
        return self._at_words(self._stems.telling_positions(item))

    def is_spread(self, item: str) -> bool:
        """Tell whether a stem stands in more than one fragment."""
        places, firsts = self._stems.telling_positions(item), self._first_words
        return len(places) > 1 and bisect_right(firsts, places[0]) != bisect_right(firsts, places[-1])

    def _at_words(self, numbers: Iterable[int]) -> set[int]:
        firsts = self._first_words
        return {bisect_right(firsts, at) - 1 for at in numbers}

    def has_words(self, excluded: Collection[int], least: int) -> bool:
        """Tell whether there are so many stems of words that carry meaning, but for those of some fragments."""
        if excluded:
            runs = [self._words.content(self._run(at)) for at in range(len(self)) if at not in excluded]
            return len(frozenset[str]().union(*runs)) >= least
        return self._words.has_stems(least)

    def _run(self, number: int) -> slice:
        return slice(*self._first_words[number : number + 2])


def _bounds(text: PreparedText) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a text begin and end, cut at their soft breaks."""
    for written, start, _, _, breaks in text.sentences:
        end = start + len(written)
        for cut in breaks:
            yield start, start + len(text.text[start:cut].rstrip())
            start = cut  # noqa: PLW2901 - the rest of the sentence
        yield start, end
