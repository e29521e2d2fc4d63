"""Where finished analyses lie until somebody looks at them: in memory with their texts, and in the store without."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from subtext.analyst.storing import Wanted
from subtext.api.callers import CallerDep
from subtext.api.deps import AnalysesDep
from subtext.domain.caller import Owner
from subtext.domain.errors import AnalysisUnknown
from subtext.schemas.analysis import AnalysisView

if TYPE_CHECKING:
    from subtext.services.analyses import AnalysisService

ENTRIES_MAX = 500
CHARS_MAX = 20_000_000
# As many as a page of history looks through.
NEWEST_MAX = 200


class Shelf:
    """Analyses in memory, the newest kept: at most `entries` of them, and `chars` characters of their texts."""

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


class Readings:
    """The analyses of one owner: those at hand have their texts, the others come from the store as they were kept."""

    def __init__(self, shelf: Shelf, analyses: AnalysisService, owner: Owner) -> None:
        self._shelf, self._analyses, self._owner = shelf, analyses, owner

    def put(self, analysis: AnalysisView) -> None:
        """Have an analysis at hand."""
        self._shelf.put(analysis, self._owner)

    async def get(self, analysis_id: str) -> AnalysisView:
        """The analysis; raises `AnalysisUnknown` where it is not, or not any more, kept."""
        if (held := self._shelf.get(analysis_id, self._owner)) is not None:
            return held
        if self._analyses.repository is None:
            raise AnalysisUnknown("there is no such analysis, or it is no longer kept: analyse the article again")
        return AnalysisView.model_validate_json((await self._analyses.get(self._owner, analysis_id)).document)

    async def newest(self) -> tuple[AnalysisView, ...]:
        """The newest, the newest first: those in the store, where there is one."""
        if self._analyses.repository is None:
            return self._shelf.newest(self._owner)
        found = await self._analyses.list(self._owner, Wanted(), before=None, limit=NEWEST_MAX)
        return tuple(AnalysisView.model_validate_json(stored.document) for stored in found)


async def _readings(request: Request, analyses: AnalysesDep, caller: CallerDep) -> Readings:
    return Readings(cast("Shelf", request.app.state.shelf), analyses, caller.owner)


ReadingsDep = Annotated[Readings, Depends(_readings)]
