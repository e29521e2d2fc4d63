"""Cache the newest analyses of each owner in memory (first in, first out), with their texts."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from subtext.domain.caller import NO_OWNER

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.schemas.analysis import AnalysisView

_ENTRIES_MAX = 500
_CHARS_MAX = 20_000_000


class RecentAnalyses:
    """Cache the newest analyses in memory: at most `entries`, with at most `chars` characters of text in all."""

    def __init__(self, entries: int = _ENTRIES_MAX, chars: int = _CHARS_MAX) -> None:
        self._entries, self._chars = entries, chars
        self._analyses: OrderedDict[tuple[Owner, str], AnalysisView] = OrderedDict()
        self._size = 0

    def put(self, analysis: AnalysisView, owner: Owner = NO_OWNER) -> None:
        """Add an analysis under its id, and evict the oldest if there is no room."""
        key = (owner, analysis.id)
        self._drop(key)
        self._analyses[key] = analysis
        self._size += analysis.document.char_count
        while len(self._analyses) > 1 and (len(self._analyses) > self._entries or self._size > self._chars):
            self._drop(next(iter(self._analyses)))

    def get(self, analysis_id: str, owner: Owner = NO_OWNER) -> AnalysisView | None:
        """Return the owner's analysis; None if it is not, or no longer, cached."""
        return self._analyses.get((owner, analysis_id))

    def newest(self, owner: Owner = NO_OWNER) -> tuple[AnalysisView, ...]:
        """Return all cached analyses of an owner, newest first."""
        return tuple(
            analysis for (analysis_owner, _), analysis in reversed(self._analyses.items()) if analysis_owner == owner
        )

    def _drop(self, key: tuple[Owner, str]) -> None:
        if (dropped := self._analyses.pop(key, None)) is not None:
            self._size -= dropped.document.char_count
