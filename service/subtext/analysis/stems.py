"""Stem table: which words of a prepared text have each stem, and where they stand, for scan and support check alike."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem, stem_all
from subtext.analysis.faithfulness.token import FUNCTION_WORDS

if TYPE_CHECKING:
    from subtext.domain.text.prepared import PreparedText


class StemTable:
    """The words of a text by stem; each different word is stemmed once."""

    def __init__(self, text: PreparedText) -> None:
        self._table, words = text.words, text.words.vocabulary
        # Most stems have one word, which a dictionary of pairs finds in bulk; the others are few.
        self._word = dict(zip(stem_all(words), words, strict=True))
        self.stems = frozenset(self._word)
        self._others: dict[str, list[str]] = {}
        for word in words.difference(self._word.values()):
            self._others.setdefault(stem(word), []).append(word)

    def words(self, item: str) -> list[str]:
        """Return the different words that have a stem."""
        word = self._word.get(item)
        return [] if word is None else [word, *self._others.get(item, ())]

    def positions(self, item: str) -> list[int]:
        """Return the numbers of the words that have a stem, in order."""
        return self._positions(self.words(item))

    def telling_positions(self, item: str) -> list[int]:
        """Return the numbers of the words that have a stem and carry meaning, in order."""
        if item in self._others:
            return self._positions([word for word in self.words(item) if word not in FUNCTION_WORDS])
        word = self._word.get(item)
        return [] if word is None or word in FUNCTION_WORDS else self._table.places(word)

    def _positions(self, words: list[str]) -> list[int]:
        if len(words) == 1:
            return self._table.places(words[0])
        return sorted(chain.from_iterable(map(self._table.places, words)))
