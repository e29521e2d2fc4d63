"""Analyse articles for a workspace, and turn each result or error into a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from subtext.analysis.ports import AnalysisFilter
from subtext.domain.caller import slack_owner
from subtext.errors import AnalysisNotFound, SubtextError
from subtext.ids import new_request_id, uuid7
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import FeedbackRequest, build_analysis_request
from subtext.services.analyses import AnalysisService, RequestContext
from subtext.services.feedback import FeedbackService
from subtext.slack.messages import SlackMessage, error_message
from subtext.telemetry.trace_context import current_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.axis import Axis
    from subtext.slack.message_text import ArticleReference
    from subtext.slack.messages import MessageBuilder
    from subtext.slack.replies import RunOnce

_log = structlog.get_logger("subtext.slack")
_BROKEN = "an unexpected error happened: try again; if it happens again, give the operator of Subtext this request id"


class SlackService:
    """Use cases of the Slack app: analyse, show again, list and rate the analyses of a workspace."""

    def __init__(self, analyses: AnalysisService, messages: MessageBuilder) -> None:
        self._analyses, self._feedback, self._messages = analyses, FeedbackService(analyses), messages

    async def answer(
        self, reference: ArticleReference, team: str, once: RunOnce, *, shareable: bool = False
    ) -> SlackMessage:
        """Analyse an article and build its message; an error becomes a message too, never an exception.

        The id of the analysis is a step of the delivery: if that is processed again, its analysis is replaced.
        """
        request_id = current_request_id() or new_request_id()
        try:
            view = await self._analyze(reference, team, request_id, await once("analysis_id", self._new_id))
        except SubtextError as error:
            return self.refuse(error, request_id)
        except Exception:  # noqa: BLE001 - the edge of the process: the user must get an answer
            _log.exception("failed", request_id=request_id)
            return error_message(_BROKEN, request_id)
        return self._messages.answer(view, shareable=shareable)

    def refuse(self, error: SubtextError, request_id: str | None = None) -> SlackMessage:
        """Log an error that the user can mend, and build its message."""
        request_id = request_id or new_request_id()
        _log.info("refused", code=error.code, request_id=request_id)
        return error_message(error.detail, request_id)

    @property
    def axis(self) -> Axis:
        """Return the axis that messages are analysed on."""
        return self._analyses.prompts.axis(self._analyses.defaults.axis).axis

    async def get_message(self, analysis_id: str, team: str) -> SlackMessage | None:
        """Build the message of a stored analysis of this workspace; None if there is none."""
        try:
            stored = await self._analyses.get(slack_owner(team), analysis_id)
        except AnalysisNotFound:
            return None
        return self._messages.answer(AnalysisView.model_validate_json(stored.document))

    async def recent(self, team: str, limit: int) -> Sequence[AnalysisView]:
        """Return the newest analyses of this workspace."""
        rows = await self._analyses.list(slack_owner(team), AnalysisFilter(), before=None, limit=limit)
        return [AnalysisView.model_validate_json(row.document) for row in rows]

    async def add_feedback(self, analysis_id: str, team: str, *, right: bool, by: str) -> bool:
        """Store a reader's feedback; False if the analysis is not stored any more."""
        body = FeedbackRequest(verdict="right" if right else "wrong")
        try:
            await self._feedback.add(analysis_id, body, slack_owner(team), reader=by or None)
        except AnalysisNotFound:
            return False
        return True

    async def _new_id(self) -> str:
        return uuid7(self._analyses.clock.now())

    async def _analyze(self, reference: ArticleReference, team: str, request_id: str, analysis_id: str) -> AnalysisView:
        # Slack's deliveries are stored and can wait, so interactive requests go first.
        context = RequestContext(slack_owner(team), request_id, low_priority=True, analysis_id=analysis_id)
        body = build_analysis_request(url=reference.url, text=reference.text, html=reference.html)
        return (await self._analyses.analyze(body, self._analyses.parse_request(body), context)).view
