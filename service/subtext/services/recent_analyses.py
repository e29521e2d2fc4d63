"""Cache the newest analyses of each owner in memory, with their texts."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.schemas.analysis import AnalysisView

ENTRIES_MAX = 500


CHARS_MAX = 20_000_000


class RecentAnalyses:
    """Keep the newest analyses in memory: at most `entries` of them, and `chars` characters of their texts."""

    def __init__(self, entries: int = ENTRIES_MAX, chars: int = CHARS_MAX) -> None:
        self._entries, self._chars = entries, chars
        self._held: OrderedDict[tuple[str, str], AnalysisView] = OrderedDict()
        self._size = 0

    def put(self, analysis: AnalysisView, owner: str = "") -> None:
        """Keep an analysis, under its id; the oldest make room."""
        key = (owner, analysis.id)
        self._drop(key)
        self._held[key] = analysis
        self._size += analysis.document.char_count
        while len(self._held) > 1 and (len(self._held) > self._entries or self._size > self._chars):
            self._drop(next(iter(self._held)))

    def get(self, analysis_id: str, owner: str = "") -> AnalysisView | None:
        """The owner's analysis; None where it is not, or not any more, held."""
        return self._held.get((owner, analysis_id))

    def newest(self, owner: str = "") -> tuple[AnalysisView, ...]:
        """All of an owner that is held, the newest first."""
        return tuple(analysis for (whose, _), analysis in reversed(self._held.items()) if whose == owner)

    def _drop(self, key: tuple[str, str]) -> None:
        if (gone := self._held.pop(key, None)) is not None:
            self._size -= gone.document.char_count
