"""Answers, kept: each is in the store before it leaves, with links to where it is found again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

import structlog
from fastapi import Depends, Request

from subtext.analyst.storing import AnalysisStore, StoredAnalysis
from subtext.domain.errors import AnalysesNotKept, StoreUnavailable
from subtext.schemas.analysis import AnalysisView, links_for, outlet
from subtext.schemas.article import DocumentView, WarningView

if TYPE_CHECKING:
    from subtext.analyst.keeping import Answer
    from subtext.runtime import Store

_NOT_KEPT = WarningView(
    code="not_stored",
    message="the database did not take this analysis: it is whole, but cannot be asked for again",
    pointer="/links/self",
    range=None,
)
_log = structlog.get_logger("subtext.store")


class Records:
    """Keeps answers; with the article's text only where `with_text` says so."""

    def __init__(self, store: AnalysisStore, *, with_text: bool) -> None:
        self.store, self._with_text = store, with_text

    async def kept(self, answer: Answer, view: AnalysisView, owner: str) -> AnalysisView:
        """The answer with its links, once it is kept; whole but with a warning where the database fails."""
        linked = view.model_copy(update={"links": links_for(view.id)})
        if answer.way == "hit":
            return linked
        document = DocumentView.of(answer.analysis.article, include_text=self._with_text)
        try:
            await self.store.put(stored_of(linked.model_copy(update={"document": document}), owner))
        except StoreUnavailable as error:
            _log.warning("not_stored", code=error.code)
            return view.model_copy(update={"warnings": [*view.warnings, _NOT_KEPT]})
        return linked


def stored_of(view: AnalysisView, owner: str) -> StoredAnalysis:
    """An answer as it is kept, with what it is found by."""
    framing, document = view.framing, view.document
    return StoredAnalysis(
        id=view.id,
        owner=owner,
        created_at=datetime.fromisoformat(view.created_at),
        status=view.status,
        engine=view.engine.kind,
        label=None if framing is None else framing.label,
        score=None if framing is None else framing.score,
        confidence=None if framing is None or framing.confidence is None else framing.confidence.value,
        target=None if view.target is None else view.target.name,
        outlet=outlet(view),
        title=document.title,
        url=document.source.final_url or document.source.url,
        sha256=document.sha256,
        document=view.model_dump_json(),
    )


def records_in(store: Store | None) -> Records | None:
    """What keeps answers in this store; None where there is none."""
    if store is None or store.analyses is None:
        return None
    return Records(store.analyses, with_text=store.with_text)


def records_of(request: Request) -> Records | None:
    """What keeps the answers of this service; None where nothing is kept."""
    return cast("Records | None", request.app.state.records)


async def _records(request: Request) -> Records:
    found = records_of(request)
    if found is None:
        raise AnalysesNotKept("this service keeps no analyses: set SUBTEXT_STORE_ENABLED=true")
    return found


RecordsDep = Annotated[Records, Depends(_records)]
