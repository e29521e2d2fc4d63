"""Stem table: the stem of every word of a prepared text, and where each stands, for scan and support check alike."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all

if TYPE_CHECKING:
    from subtext.domain.text.prepared import PreparedText


class StemTable:
    """The stems of a text's words, in the order of its word table."""

    def __init__(self, text: PreparedText) -> None:
        self.stems = stem_all(text.words.lower)

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Return the numbers of the words that have each stem."""
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for at, item in enumerate(self.stems):
            positions[item].append(at)
        return positions
