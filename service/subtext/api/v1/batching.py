"""Batches as part of the service: the desk, and the items answered like any request."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

import structlog

from subtext.api.v1.answering import article_of
from subtext.api.v1.records import records_in
from subtext.batches.batch import BATCHES_PATH, ItemState
from subtext.batches.desk import Desk
from subtext.batches.working import Worker
from subtext.domain.errors import SettingsInvalid, SubtextError
from subtext.ids import new_request_id
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.problem import problem_from_error, problem_from_status
from subtext.schemas.requests import AnalysisRequestBody
from subtext.storage.retention import forgetting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.api.v1.records import Records
    from subtext.batches.working import Answering
    from subtext.engines.bulkhead import Bulkhead
    from subtext.jobs.limits import BatchPlan
    from subtext.runtime import Runtime, Store

_TRIES = 3
_WAIT_MAX_S = 30.0
_log = structlog.get_logger("subtext.batches")


class ItemAnswering:
    """An item's question to how it ended; failures that may pass are tried again, a few times."""

    def __init__(self, runtime: Runtime, records: Records | None = None, load: Bulkhead | None = None) -> None:
        self._runtime, self._records, self._load = runtime, records, load

    async def __call__(self, ask: str, owner: str) -> tuple[ItemState, str]:
        """The state and the document of an item: its analysis, or its problem."""
        request_id = new_request_id()
        try:
            view = await self._persistently(AnalysisRequestBody.model_validate_json(ask), owner, request_id)
        except SubtextError as error:
            problem = problem_from_error(error, instance=BATCHES_PATH, request_id=request_id)
            return ItemState.FAILED, problem.model_dump_json()
        except Exception as error:  # noqa: BLE001 - the edge of a job: one item that fails oddly fails alone
            _log.error("item_failed", error=type(error).__name__)
            problem = problem_from_status(500, instance=BATCHES_PATH, request_id=request_id)
            return ItemState.FAILED, problem.model_dump_json()
        return ItemState.DONE, view.model_dump_json()

    async def _persistently(self, ask: AnalysisRequestBody, owner: str, request_id: str) -> AnalysisView:
        for attempt in range(1, _TRIES):
            try:
                return await self._answered(ask, owner, request_id)
            except SubtextError as error:
                if not error.retryable:
                    raise
                wait = error.retry_after_s if error.retry_after_s is not None else 4.0**attempt / 4
                await asyncio.sleep(min(wait, _WAIT_MAX_S))
        return await self._answered(ask, owner, request_id)

    async def _answered(self, ask: AnalysisRequestBody, owner: str, request_id: str) -> AnalysisView:
        runtime = self._runtime
        question = runtime.question(
            axis=ask.axis, target=ask.target, engine=ask.engine, fallback=ask.fallback, samples=ask.samples
        )
        article = await article_of(runtime.reader, ask)
        # Nobody waits for an item: where somebody waits for an answer, that one goes first.
        async with self._load.place(yields=True) if self._load else nullcontext():
            answer = await runtime.answer(article, question, owner=owner, keep=ask.cache == "default")
        view = AnalysisView.of(answer.analysis, request_id=request_id, include_text="text" in ask.include)
        return view if self._records is None else await self._records.kept(answer, view, owner)


@asynccontextmanager
async def open_desk(
    plan: BatchPlan | None,
    runtime: Runtime,
    store: Store | None,
    *,
    answer: Answering | None = None,
    load: Bulkhead | None = None,
) -> AsyncIterator[Desk | None]:
    """The desk, and a worker behind it where the plan says so; None without a plan. Raises `SettingsInvalid`.

    Items take places of `load`, and let requests go first; None where there are no requests beside them.
    """
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
        answering = ItemAnswering(runtime, records_in(store), load)
        await jobs.open()
        await batches.discard_broken_off()
        await desk.hand_out_all()
        if plan.kept_for is not None:
            await stack.enter_async_context(forgetting(batches, plan.kept_for, runtime.clock))
        if plan.work:
            worker = Worker(batches, answer or answering, parallel=plan.limits.parallel)
            await jobs.start(worker.work)
        yield desk
