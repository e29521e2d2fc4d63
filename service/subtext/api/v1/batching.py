"""Batches as part of the service: the desk, and the items answered like any request."""

from __future__ import annotations

import asyncio

import structlog

from subtext.batches.batch import BATCHES_PATH, ItemState
from subtext.domain.caller import Owner
from subtext.domain.errors import SubtextError
from subtext.ids import new_request_id
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.problem import problem_from_error, problem_from_status
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.analyses import AnalysisService, RequestContext

_TRIES = 3
_WAIT_MAX_S = 30.0
_log = structlog.get_logger("subtext.batches")


class ItemAnswering:
    """Analyze the items of batches; failures that may pass are tried again, a few times."""

    def __init__(self, analyses: AnalysisService) -> None:
        self._analyses = analyses

    async def __call__(self, ask: str, owner: str) -> tuple[ItemState, str]:
        """Return the state and the document of an item: its analysis, or its problem."""
        request_id = new_request_id()
        # Nobody waits for an item: requests that somebody waits for go first.
        context = RequestContext(Owner(owner), request_id, low_priority=True)
        try:
            view = await self._with_retries(AnalysisRequestBody.model_validate_json(ask), context)
        except SubtextError as error:
            problem = problem_from_error(error, instance=BATCHES_PATH, request_id=request_id)
            return ItemState.FAILED, problem.model_dump_json()
        except Exception as error:  # noqa: BLE001 - the edge of a job: one item that fails oddly fails alone
            _log.error("item_failed", error=type(error).__name__)
            problem = problem_from_status(500, instance=BATCHES_PATH, request_id=request_id)
            return ItemState.FAILED, problem.model_dump_json()
        return ItemState.DONE, view.model_dump_json()

    async def _with_retries(self, body: AnalysisRequestBody, context: RequestContext) -> AnalysisView:
        for attempt in range(1, _TRIES):
            try:
                return await self._analyze(body, context)
            except SubtextError as error:
                if not error.retryable:
                    raise
                wait = error.retry_after_s if error.retry_after_s is not None else 4.0**attempt / 4
                await asyncio.sleep(min(wait, _WAIT_MAX_S))
        return await self._analyze(body, context)

    async def _analyze(self, body: AnalysisRequestBody, context: RequestContext) -> AnalysisView:
        return (await self._analyses.analyze(body, self._analyses.parse_request(body), context)).view
