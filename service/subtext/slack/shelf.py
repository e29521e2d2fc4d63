"""The analyses that workspaces have seen, in the store of analyses: a workspace is an owner like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.analyst.identity import new_id
from subtext.analyst.storing import Feedback, Wanted
from subtext.domain.errors import AnalysisUnknown
from subtext.schemas.analysis import AnalysisView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analyst.keeping import Answer
    from subtext.analyst.ports import Clock
    from subtext.api.v1.records import Records


class StoredShelf:
    """A `Shelf` over the store of analyses."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records, self._clock = records, clock

    async def kept(self, answer: Answer, view: AnalysisView, owner: str) -> AnalysisView:
        """The answer, kept; with a warning where that failed."""
        return await self._records.kept(answer, view, owner)

    async def get(self, analysis_id: str, owner: str) -> AnalysisView | None:
        """An answer of this owner."""
        try:
            return _view((await self._records.store.get(owner, analysis_id)).document)
        except AnalysisUnknown:
            return None

    async def recent(self, owner: str, limit: int) -> Sequence[AnalysisView]:
        """The newest answers of this owner, newest first."""
        found = await self._records.store.listed(owner, Wanted(), before=None, limit=limit)
        return [_view(stored.document) for stored in found]

    async def judge(self, analysis_id: str, owner: str, *, right: bool, by: str) -> bool:
        """Keep what a reader thinks of an answer; False where the owner has no such answer."""
        now = self._clock.now()
        verdict = Feedback(new_id(now), analysis_id, owner, now, "right" if right else "wrong", reader=by or None)
        try:
            await self._records.store.add_feedback(verdict)
        except AnalysisUnknown:
            return False
        return True


def _view(document: str) -> AnalysisView:
    return AnalysisView.model_validate_json(document)
