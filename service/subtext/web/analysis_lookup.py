"""Where finished analyses lie until somebody looks at them: in memory with their texts, and in the store without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from subtext.analysis.ports import AnalysisFilter
from subtext.domain.caller import Owner
from subtext.errors import AnalysisNotFound
from subtext.http.deps import AnalysesDep, CallerDep
from subtext.http.state import get_app_state
from subtext.schemas.analysis import AnalysisView
from subtext.services.recent_analyses import RecentAnalyses

if TYPE_CHECKING:
    from subtext.services.analyses import AnalysisService

# As many as a page of history looks through.
NEWEST_MAX = 200


class AnalysisLookup:
    """The analyses of one owner: those at hand have their texts, the others come from the store as they were kept."""

    def __init__(self, recent: RecentAnalyses, analyses: AnalysisService, owner: Owner) -> None:
        self._recent, self._analyses, self._owner = recent, analyses, owner

    def put(self, analysis: AnalysisView) -> None:
        """Have an analysis at hand."""
        self._recent.put(analysis, self._owner)

    async def get(self, analysis_id: str) -> AnalysisView:
        """The analysis; raises `AnalysisNotFound` where it is not, or not any more, kept."""
        if (held := self._recent.get(analysis_id, self._owner)) is not None:
            return held
        if self._analyses.repository is None:
            raise AnalysisNotFound("there is no such analysis, or it is no longer kept: analyse the article again")
        return AnalysisView.model_validate_json((await self._analyses.get(self._owner, analysis_id)).document)

    async def newest(self) -> tuple[AnalysisView, ...]:
        """The newest, the newest first: those in the store, where there is one."""
        if self._analyses.repository is None:
            return self._recent.newest(self._owner)
        found = await self._analyses.list(self._owner, AnalysisFilter(), before=None, limit=NEWEST_MAX)
        return tuple(AnalysisView.model_validate_json(stored.document) for stored in found)


async def _get_lookup(request: Request, analyses: AnalysesDep, caller: CallerDep) -> AnalysisLookup:
    return AnalysisLookup(get_app_state(request.app).recent_analyses, analyses, caller.owner)


AnalysisLookupDep = Annotated[AnalysisLookup, Depends(_get_lookup)]
