"""Look up an owner's analyses: as they are in memory, with their texts, else as they are in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from subtext.analysis.ports import AnalysisFilter
from subtext.domain.caller import Owner
from subtext.errors import AnalysisNotFound, StorageUnavailable
from subtext.http.deps import AnalysesDep, CallerDep
from subtext.http.state import get_app_state
from subtext.schemas.analysis import AnalysisView
from subtext.services.recent_analyses import RecentAnalyses

if TYPE_CHECKING:
    from subtext.services.analyses import AnalysisService

# The history page filters the newest analyses, up to this many.
NEWEST_MAX = 200
_NOT_FOUND = "there is no such analysis, or it is no longer stored: look into the history, or analyse the article again"


class AnalysisLookup:
    """Read access to one owner's analyses.

    Recent ones come from memory with their texts, others from the database as they were stored.
    """

    def __init__(self, recent: RecentAnalyses, analyses: AnalysisService, owner: Owner) -> None:
        self._recent, self._analyses, self._owner = recent, analyses, owner

    def put(self, analysis: AnalysisView) -> None:
        """Add an analysis to the recent ones."""
        self._recent.put(analysis, self._owner)

    async def get(self, analysis_id: str) -> AnalysisView:
        """Return an analysis; raises `AnalysisNotFound` if it is unknown, of another owner or no longer stored.

        One that is stored is looked up in the database even if it is in memory: another process may have deleted it.
        """
        recent = self._recent.get(analysis_id, self._owner)
        if recent is not None and recent.links.self is None:
            return recent
        if self._analyses.repository is None:
            raise AnalysisNotFound(_NOT_FOUND)
        try:
            stored = await self._analyses.get(self._owner, analysis_id)
        except AnalysisNotFound as error:
            raise AnalysisNotFound(_NOT_FOUND) from error
        except StorageUnavailable:
            if recent is None:
                raise
            return recent
        return recent or AnalysisView.model_validate_json(stored.document)

    async def newest(self) -> tuple[AnalysisView, ...]:
        """Return the newest analyses first: from the database if there is one, else from memory."""
        if self._analyses.repository is None:
            return self._recent.newest(self._owner)
        rows = await self._analyses.list(self._owner, AnalysisFilter(), before=None, limit=NEWEST_MAX)
        return tuple(AnalysisView.model_validate_json(row.document) for row in rows)


async def _get_lookup(request: Request, analyses: AnalysesDep, caller: CallerDep) -> AnalysisLookup:
    return AnalysisLookup(get_app_state(request.app).recent_analyses, analyses, caller.owner)


AnalysisLookupDep = Annotated[AnalysisLookup, Depends(_get_lookup)]
