"""Prepared text: what all checks need to know of one text, each computed once, in bulk, and when it is first asked for.

It travels with the article, so that injection scan, support check, grounding, passages and the embedded engine read the
same sentences and words, and none of them reads the text anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from subtext.domain.prose import classify_prose
from subtext.domain.text.normalization import NormalizedText, find_unusual
from subtext.domain.text.sentences import split_sentences
from subtext.domain.text.words import WordTable, list_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from subtext.domain.evidence import Span
    from subtext.domain.prose import Prose
    from subtext.domain.text.sentences import Sentence

_T = TypeVar("_T")


class PreparedText:
    """A text with its sentences, words, normalization and kind, and what other packages derive from these."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._derived: dict[object, Any] = {}

    @cached_property
    def inventory(self) -> str:
        """Return which characters it has that are neither letters or digits of ASCII nor blanks, in order."""
        return list_characters(self.text)

    @cached_property
    def unusual(self) -> str:
        """Return which characters it has that are neither printable ASCII nor plain line breaks, in order."""
        return find_unusual(self.inventory)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences in order."""
        return tuple(split_sentences(self.text))

    @cached_property
    def words(self) -> WordTable:
        """Return the words in order."""
        return WordTable(self.text, self.inventory, self.ranges)

    @cached_property
    def ranges(self) -> list[tuple[int, int]]:
        """Return where each sentence begins and ends."""
        return [(sentence.start, sentence.start + len(sentence.text)) for sentence in self.sentences]

    @cached_property
    def first_words(self) -> list[int]:
        """Return for each sentence the number of its first word, and the count of words at the end."""
        return self.words.first_in(self.ranges)

    def sentences_between(self, start: int, end: int) -> range:
        """Find the numbers of the sentences that share a character with a range of the text."""
        number = max(0, bisect_right(self._starts, start) - 1)
        if number < len(self.ranges) and self.ranges[number][1] <= start:
            number += 1
        return range(number, max(number, bisect_left(self._starts, end)))

    def words_between(self, start: int, end: int) -> slice:
        """Find the run of words that begin in a range of the text."""
        return slice(self._count_words_before(start), self._count_words_before(end))

    def _count_words_before(self, offset: int) -> int:
        number = bisect_right(self._starts, offset) - 1
        if number < 0:
            return 0
        return self.first_words[number] + self.words.count_between(self._starts[number], offset)

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def word_count(self) -> int:
        """Return the number of words as a reader counts them."""
        return self.words.count

    @cached_property
    def normalized(self) -> NormalizedText:
        """Return the text without typography, with the way back."""
        return NormalizedText(self.text, self.unusual)

    @cached_property
    def prose(self) -> Prose:
        """Return whether the text is prose."""
        return classify_prose(self.text)

    def derive(self, compute: Callable[[PreparedText], _T]) -> _T:
        """Return what a function makes of this text; it is called once."""
        if compute not in self._derived:
            self._derived[compute] = compute(self)
        value: _T = self._derived[compute]
        return value


def mask_spans(text: str, spans: Iterable[Span]) -> str:
    """Blank out spans of a text, so that every offset stays."""
    pieces: list[str] = []
    done = 0
    for span in sorted(spans):
        pieces += (text[done : span.start], " " * (span.end - max(span.start, done)))
        done = max(done, span.end)
    return "".join((*pieces, text[done:])) if pieces else text
