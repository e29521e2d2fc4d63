"""Open batches: the service, its queue, and a worker."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from subtext.api.v1.batching import ItemAnswering
from subtext.batches.desk import Desk
from subtext.batches.working import Worker
from subtext.domain.errors import SettingsInvalid
from subtext.jobs.limits import JobLimits
from subtext.storage.retention import forgetting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.batches.working import Answering
    from subtext.bootstrap.runtime import Storage
    from subtext.services.analyses import AnalysisService
    from subtext.settings import BatchSettings, Settings


def require_batches(settings: Settings) -> None:
    """Raise `SettingsInvalid` if no batches are taken."""
    if not settings.batches.enabled:
        raise SettingsInvalid("there is nothing to work on: set SUBTEXT_BATCHES_ENABLED=true")


@asynccontextmanager
async def open_batches(
    settings: Settings,
    analyses: AnalysisService,
    storage: Storage | None,
    *,
    start_worker: bool,
    handler: Answering | None = None,
) -> AsyncIterator[Desk | None]:
    """Open the batch service, with a worker behind it if asked for; None if none are taken. Raises `SettingsInvalid`.

    `handler` answers items in place of the analysis service.
    """
    if not settings.batches.enabled or storage is None:
        yield None
        return
    try:
        from subtext.jobs.durable import DurableJobs  # noqa: PLC0415 - an extra, and slow to import
        from subtext.storage.batches import SqlBatches  # noqa: PLC0415 - as above
    except ImportError as error:
        raise SettingsInvalid("batches need what the extra has: pip install 'subtext[batch]'") from error
    async with AsyncExitStack() as stack:
        limits = _queue_limits(settings.batches)
        repository, queue = SqlBatches(storage.database), DurableJobs(storage.database.url, limits)
        service = Desk(repository, queue)
        stack.push_async_callback(queue.close)
        stack.push_async_callback(service.close)
        await queue.open()
        await repository.discard_broken_off()
        await service.hand_out_all()
        if (days := settings.store.retention_days) is not None:
            await stack.enter_async_context(forgetting(repository, timedelta(days=days), analyses.clock))
        if start_worker:
            worker = Worker(repository, handler or ItemAnswering(analyses), parallel=limits.parallel)
            await queue.start(worker.work)
        yield service


def _queue_limits(batches: BatchSettings) -> JobLimits:
    return JobLimits(batches.parallel, batches.parallel_over_all, batches.per_second)
