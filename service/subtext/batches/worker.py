"""Process chunks of batches: claim the open items, analyze them, complete them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from subtext.batches.ports import ItemResult
from subtext.domain.batch import BATCHES_PATH, CHUNK_SIZE, ItemState
from subtext.errors import StorageUnavailable, SubtextError
from subtext.ids import new_request_id
from subtext.logs import get_logger, log_failure
from subtext.schemas.problem import problem_from_error, problem_from_status
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.analyses import RequestContext
from subtext.telemetry.item_log import observe_item
from subtext.telemetry.request_record import set_outcome
from subtext.telemetry.trace_context import current_request_id

if TYPE_CHECKING:
    from subtext.analysis.ports import StoredAnalysis
    from subtext.batches.ports import BatchRepository, ItemHandler
    from subtext.domain.batch import Item
    from subtext.domain.caller import Owner
    from subtext.schemas.analysis import AnalysisView
    from subtext.services.analyses import AnalysisService

_ATTEMPTS = 3
_WAIT_MAX_S = 30.0
_ABANDONED = (
    "the process that worked on this item died each time: its operator finds the cause in the log; "
    "retry the batch once it is mended"
)
_log = get_logger("subtext.batches")


class BatchWorker:
    """Process chunks, at most `parallel` items of all chunks at a time."""

    def __init__(self, repository: BatchRepository, handler: ItemHandler, *, parallel: int) -> None:
        self._repository, self._handler = repository, handler
        self._semaphore = asyncio.Semaphore(parallel)

    async def process_chunk(self, batch_id: str, owner: Owner, first: int) -> None:
        """Complete every open item of a chunk; items that a dead worker completed are not repeated."""
        items = await self._repository.claim(batch_id, first, CHUNK_SIZE)
        _log.info("chunk_claimed", batch=batch_id, first=first, items=len(items))
        async with asyncio.TaskGroup() as group:
            for item in items:
                if not item.is_suspect:
                    group.create_task(self._process_item(batch_id, owner, item))
        # One of these may have killed its worker: alone, it is known, and takes no other with it.
        for item in filter(lambda item: item.is_suspect, items):
            await self._process_suspect(batch_id, owner, item)
        outcome = (await self._repository.get(batch_id, owner)).outcome
        if outcome is not None and await self._repository.transition(batch_id, outcome):
            _log.info("batch_ended", batch=batch_id, state=outcome)

    async def _process_suspect(self, batch_id: str, owner: Owner, item: Item) -> None:
        if not item.is_exhausted:
            await self._repository.count_attempt(batch_id, item.position)
            await self._process_item(batch_id, owner, item)
            return
        _log.error("item_abandoned", batch=batch_id, position=item.position, attempts=item.attempts)
        problem = problem_from_status(500, _ABANDONED, instance=BATCHES_PATH, request_id=new_request_id())
        await self._repository.complete_item(batch_id, item.position, ItemState.FAILED, problem.model_dump_json())

    async def _process_item(self, batch_id: str, owner: Owner, item: Item) -> None:
        async with self._semaphore:
            with observe_item(batch_id, item.position) as observed:
                result = await self._handler(item.ask or "", owner)
                observed.state = await self._store_result(batch_id, item, result)

    async def _store_result(self, batch_id: str, item: Item, result: ItemResult) -> ItemState:
        """Store the result of an item and return its state: failed, if a mistake of ours keeps it from being stored."""
        try:
            await self._repository.complete_item(
                batch_id, item.position, result.state, result.document, result.analysis
            )
        except StorageUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the edge of a job: one result that fails oddly fails alone
            log_failure("item_failed", error)
            problem = problem_from_status(500, instance=BATCHES_PATH, request_id=new_request_id())
            set_outcome(problem.code)
            await self._repository.complete_item(batch_id, item.position, ItemState.FAILED, problem.model_dump_json())
            return ItemState.FAILED
        return result.state


class BatchItemHandler:
    """Analyze the items of batches, with a few retries of failures that may pass."""

    def __init__(self, analyses: AnalysisService) -> None:
        self._analyses = analyses

    async def __call__(self, request: str, owner: Owner) -> ItemResult:
        """Analyze one item (its request as JSON); a failure becomes a problem."""
        request_id = current_request_id() or new_request_id()
        # Interactive requests go first: nobody waits for an item.
        analyses: list[StoredAnalysis] = []
        context = RequestContext(owner, request_id, low_priority=True, defer_saving=analyses.append)
        try:
            view = await self._with_retries(AnalysisRequestBody.model_validate_json(request), context)
        except SubtextError as error:
            problem = problem_from_error(error, instance=BATCHES_PATH, request_id=request_id)
        except Exception as error:  # noqa: BLE001 - the edge of a job: one item that fails oddly fails alone
            log_failure("item_failed", error)
            problem = problem_from_status(500, instance=BATCHES_PATH, request_id=request_id)
        else:
            return ItemResult(ItemState.DONE, view.model_dump_json(), analyses[-1] if analyses else None)
        set_outcome(problem.code)
        return ItemResult(ItemState.FAILED, problem.model_dump_json())

    async def _with_retries(self, body: AnalysisRequestBody, context: RequestContext) -> AnalysisView:
        for attempt in range(1, _ATTEMPTS):
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
