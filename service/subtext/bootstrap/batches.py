"""Open batches: the service, its queue, and a worker."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from subtext.batches.ports import QueueLimits
from subtext.batches.service import BatchService
from subtext.batches.worker import BatchItemHandler, BatchWorker
from subtext.errors import SettingsInvalid
from subtext.storage.background import prune_periodically

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.ports import ItemHandler
    from subtext.bootstrap.runtime import Storage
    from subtext.services.analyses import AnalysisService
    from subtext.settings import BatchSettings, Settings


def require_batches(settings: Settings) -> None:
    """Raise `SettingsInvalid` if batches are switched off."""
    if not settings.batches.enabled:
        raise SettingsInvalid("there is nothing to work on: set SUBTEXT_BATCHES_ENABLED=true")


@asynccontextmanager
async def open_batches(
    settings: Settings,
    analyses: AnalysisService,
    storage: Storage | None,
    *,
    start_worker: bool,
    handler: ItemHandler | None = None,
) -> AsyncIterator[BatchService | None]:
    """Open the batch service, with a worker if asked for; None if batches are off. Raises `SettingsInvalid`.

    `handler` answers items in place of the analysis service.
    """
    if not settings.batches.enabled or storage is None:
        yield None
        return
    try:
        from subtext.batches.queue.dbos import DbosBatchQueue  # noqa: PLC0415 - an extra, and slow to import
        from subtext.storage.batches import SqlBatchRepository  # noqa: PLC0415 - as above
    except ImportError as error:
        raise SettingsInvalid("batches need what the extra has: pip install 'subtext[batch]'") from error
    async with AsyncExitStack() as stack:
        limits = _queue_limits(settings.batches)
        repository = SqlBatchRepository(storage.database, analyses.clock)
        queue = DbosBatchQueue(storage.database.url, limits)
        service = BatchService(repository, queue)
        stack.push_async_callback(queue.close)
        stack.push_async_callback(service.close)
        await queue.open()
        await repository.delete_abandoned_uploads()
        await service.enqueue_pending()
        if (days := settings.store.retention_days) is not None:
            await stack.enter_async_context(prune_periodically(repository, timedelta(days=days), analyses.clock))
        if start_worker:
            worker = BatchWorker(repository, handler or BatchItemHandler(analyses), parallel=limits.parallel)
            await queue.start_worker(worker.process_chunk)
        yield service


def _queue_limits(batches: BatchSettings) -> QueueLimits:
    return QueueLimits(batches.parallel, batches.parallel_over_all, batches.per_second)
