"""Where finished analyses lie until somebody looks at them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from subtext.domain.errors import AnalysisUnknown

if TYPE_CHECKING:
    from subtext.api.v1.views import AnalysisView

ENTRIES_MAX = 500
CHARS_MAX = 20_000_000


class Shelf:
    """Analyses in memory, the newest kept: at most `entries` of them, and `chars` characters of their texts."""

    def __init__(self, entries: int = ENTRIES_MAX, chars: int = CHARS_MAX) -> None:
        self._entries, self._chars = entries, chars
        self._held: OrderedDict[str, AnalysisView] = OrderedDict()
        self._size = 0

    def put(self, analysis: AnalysisView) -> None:
        """Keep an analysis, under its id; the oldest make room."""
        self._drop(analysis.id)
        self._held[analysis.id] = analysis
        self._size += analysis.document.char_count
        while len(self._held) > 1 and (len(self._held) > self._entries or self._size > self._chars):
            self._drop(next(iter(self._held)))

    def get(self, analysis_id: str) -> AnalysisView:
        """The analysis; raises `AnalysisUnknown` where it is not, or not any more, held."""
        if (found := self._held.get(analysis_id)) is None:
            raise AnalysisUnknown("there is no such analysis, or it is no longer kept: analyse the article again")
        return found

    def newest(self) -> tuple[AnalysisView, ...]:
        """All that is held, the newest first."""
        return tuple(reversed(self._held.values()))

    def _drop(self, analysis_id: str) -> None:
        if (gone := self._held.pop(analysis_id, None)) is not None:
            self._size -= gone.document.char_count


async def _shelf(request: Request) -> Shelf:
    return cast("Shelf", request.app.state.shelf)


ShelfDep = Annotated[Shelf, Depends(_shelf)]
