"""The desk: an ask from a workspace becomes a message, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

import structlog

from subtext.domain.errors import SubtextError
from subtext.schemas.analysis import AnalysisView
from subtext.slack.card import Card, trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analyst.keeping import Answer
    from subtext.domain.article import Article
    from subtext.runtime import Runtime
    from subtext.slack.asking import Ask
    from subtext.slack.card import CardMaker

_log = structlog.get_logger("subtext.slack")
_BROKEN = "something broke on our side: try again; if it stays, give the operator of Subtext this request's id"


class Shelf(Protocol):
    """The analyses that workspaces have seen; an owner sees its own alone."""

    async def kept(self, answer: Answer, view: AnalysisView, owner: str) -> AnalysisView:
        """The answer, kept; with a warning where that failed."""
        ...

    async def get(self, analysis_id: str, owner: str) -> AnalysisView | None:
        """An answer of this owner."""
        ...

    async def recent(self, owner: str, limit: int) -> Sequence[AnalysisView]:
        """The newest answers of this owner, newest first."""
        ...

    async def judge(self, analysis_id: str, owner: str, *, right: bool, by: str) -> bool:
        """Keep what a reader thinks of an answer; False where the owner has no such answer."""
        ...


def owner_of(team: str) -> str:
    """Whose analyses a workspace's are."""
    return f"slack:{team}"


class Desk:
    """Answers for workspaces."""

    def __init__(self, runtime: Runtime, shelf: Shelf, cards: CardMaker) -> None:
        self._runtime, self._shelf, self._cards = runtime, shelf, cards

    async def answer(self, ask: Ask, team: str, *, shareable: bool = False) -> Card:
        """The message that answers; one that says what happened and what to do where there is no answer."""
        request_id = str(uuid4())
        try:
            view = await self._read(ask, owner_of(team), request_id)
        except SubtextError as error:
            _log.info("refused", code=error.code, request_id=request_id)
            return trouble(error.detail, request_id)
        except Exception:  # noqa: BLE001 - the edge of the process: whoever asked must hear of it
            _log.exception("failed", request_id=request_id)
            return trouble(_BROKEN, request_id)
        return self._cards.answer(view, shareable=shareable)

    async def again(self, analysis_id: str, team: str) -> Card | None:
        """The message for a kept answer of this workspace."""
        view = await self._shelf.get(analysis_id, owner_of(team))
        return None if view is None else self._cards.answer(view)

    async def recent(self, team: str, limit: int) -> Sequence[AnalysisView]:
        """What this workspace asked last."""
        return await self._shelf.recent(owner_of(team), limit)

    async def judge(self, analysis_id: str, team: str, *, right: bool, by: str) -> bool:
        """Whether what a reader thinks of an answer could be kept."""
        return await self._shelf.judge(analysis_id, owner_of(team), right=right, by=by)

    async def _read(self, ask: Ask, owner: str, request_id: str) -> AnalysisView:
        article = await self._article(ask)
        answer = await self._runtime.answer(article, self._runtime.question(), owner=owner)
        return await self._shelf.kept(answer, AnalysisView.of(answer.analysis, request_id=request_id), owner)

    async def _article(self, ask: Ask) -> Article:
        reader = self._runtime.reader
        return await (reader.from_url(ask.url) if ask.url else reader.from_text(ask.text or ""))
