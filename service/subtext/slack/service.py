"""The desk: an ask from a workspace becomes a message, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from subtext.analysis.ports import AnalysisFilter
from subtext.domain.caller import slack_owner
from subtext.errors import AnalysisNotFound, SubtextError
from subtext.ids import new_request_id
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import FeedbackRequest, build_analysis_request
from subtext.services.analyses import AnalysisService, RequestContext
from subtext.services.feedback import FeedbackService
from subtext.slack.messages import SlackMessage, error_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.slack.message_text import ArticleReference
    from subtext.slack.messages import MessageBuilder

_log = structlog.get_logger("subtext.slack")
_BROKEN = "something broke on our side: try again; if it stays, give the operator of Subtext this request's id"


class SlackService:
    """Answers for workspaces."""

    def __init__(self, analyses: AnalysisService, messages: MessageBuilder) -> None:
        self._analyses, self._feedback, self._messages = analyses, FeedbackService(analyses), messages

    async def answer(self, ask: ArticleReference, team: str, *, shareable: bool = False) -> SlackMessage:
        """The message that answers; one that says what happened and what to do where there is no answer."""
        request_id = new_request_id()
        try:
            view = await self._read(ask, team, request_id)
        except SubtextError as error:
            _log.info("refused", code=error.code, request_id=request_id)
            return error_message(error.detail, request_id)
        except Exception:  # noqa: BLE001 - the edge of the process: whoever asked must hear of it
            _log.exception("failed", request_id=request_id)
            return error_message(_BROKEN, request_id)
        return self._messages.answer(view, shareable=shareable)

    async def get_message(self, analysis_id: str, team: str) -> SlackMessage | None:
        """The message for a kept answer of this workspace."""
        try:
            stored = await self._analyses.get(slack_owner(team), analysis_id)
        except AnalysisNotFound:
            return None
        return self._messages.answer(AnalysisView.model_validate_json(stored.document))

    async def recent(self, team: str, limit: int) -> Sequence[AnalysisView]:
        """What this workspace asked last."""
        found = await self._analyses.list(slack_owner(team), AnalysisFilter(), before=None, limit=limit)
        return [AnalysisView.model_validate_json(stored.document) for stored in found]

    async def add_feedback(self, analysis_id: str, team: str, *, right: bool, by: str) -> bool:
        """Whether what a reader thinks of an answer could be kept."""
        body = FeedbackRequest(verdict="right" if right else "wrong")
        try:
            await self._feedback.add(analysis_id, body, slack_owner(team), reader=by or None)
        except AnalysisNotFound:
            return False
        return True

    async def _read(self, ask: ArticleReference, team: str, request_id: str) -> AnalysisView:
        # An inbox keeps what it has not answered yet: requests that somebody waits for go first.
        context = RequestContext(slack_owner(team), request_id, low_priority=True)
        body = build_analysis_request(url=ask.url, text=ask.text)
        return (await self._analyses.analyze(body, self._analyses.parse_request(body), context)).view
