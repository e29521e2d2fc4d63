"""Stem table: which words of a prepared text have each stem, and where they stand, for scan and support check alike."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.faithfulness.token import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.text.prepared import PreparedText


class StemTable:
    """The words of a text by stem; each different word is stemmed once."""

    def __init__(self, text: PreparedText) -> None:
        self._places = text.words.places
        self.words: defaultdict[str, list[str]] = defaultdict(list)
        words = tuple(text.words.vocabulary)
        for word, item in zip(words, stem_all(words), strict=True):
            self.words[item].append(word)

    def positions(self, item: str) -> list[int]:
        """Return the numbers of the words that have a stem, in order."""
        return self._positions(self.words.get(item, ()))

    def telling_positions(self, item: str) -> list[int]:
        """Return the numbers of the words that have a stem and carry meaning, in order."""
        return self._positions([word for word in self.words.get(item, ()) if word not in FUNCTION_WORDS])

    def _positions(self, words: Iterable[str]) -> list[int]:
        places = [self._places[word] for word in words]
        return places[0] if len(places) == 1 else sorted(chain.from_iterable(places))
