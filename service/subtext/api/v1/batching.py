"""Batches as part of the service: the desk, and the items answered like any request."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from subtext.batches.batch import BATCHES_PATH, ItemState
from subtext.batches.desk import Desk
from subtext.batches.working import Worker
from subtext.domain.caller import Owner
from subtext.domain.errors import SettingsInvalid, SubtextError
from subtext.ids import new_request_id
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.problem import problem_from_error, problem_from_status
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.analyses import AnalysisService, RequestContext
from subtext.storage.retention import forgetting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.working import Answering
    from subtext.jobs.limits import BatchPlan
    from subtext.runtime import Store

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


@asynccontextmanager
async def open_desk(
    plan: BatchPlan | None,
    analyses: AnalysisService,
    store: Store | None,
    *,
    answer: Answering | None = None,
) -> AsyncIterator[Desk | None]:
    """The desk, and a worker behind it where the plan says so; None without a plan. Raises `SettingsInvalid`."""
    if plan is None or store is None:
        yield None
        return
    try:
        from subtext.jobs.durable import DurableJobs  # noqa: PLC0415 - an extra, and slow to import
        from subtext.storage.batches import SqlBatches  # noqa: PLC0415 - as above
    except ImportError as error:
        raise SettingsInvalid("batches need what the extra has: pip install 'subtext[batch]'") from error
    async with AsyncExitStack() as stack:
        batches, jobs = SqlBatches(store.database), DurableJobs(store.database.url, plan.limits)
        desk = Desk(batches, jobs)
        stack.push_async_callback(jobs.close)
        stack.push_async_callback(desk.close)
        await jobs.open()
        await batches.discard_broken_off()
        await desk.hand_out_all()
        if plan.kept_for is not None:
            await stack.enter_async_context(forgetting(batches, plan.kept_for, analyses.clock))
        if plan.work:
            worker = Worker(batches, answer or ItemAnswering(analyses), parallel=plan.limits.parallel)
            await jobs.start(worker.work)
        yield desk
