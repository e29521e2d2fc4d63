"""Run the batch worker as a process of its own, until a signal stops it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from subtext.bootstrap.batches import open_batches, require_batches
from subtext.bootstrap.heartbeat import heartbeat_file, keep_heartbeat
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.bootstrap.telemetry import build_exposition, export_traces, serve_metrics
from subtext.bootstrap.webhooks import open_webhooks
from subtext.logs import get_logger

if TYPE_CHECKING:
    from subtext.batches.ports import ItemHandler
    from subtext.settings import Settings


_log = get_logger("subtext.worker")


async def run_worker(settings: Settings, *, handler: ItemHandler | None = None) -> None:
    """Process batches until SIGTERM or SIGINT, then drain; raises `SettingsInvalid` if batches are switched off."""
    require_batches(settings)
    stop_event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop_event.set)
    async with export_traces(), AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings))
        storage = await stack.enter_async_context(open_storage(settings))
        await stack.enter_async_context(open_webhooks(settings, storage, runtime.clock, start_workers=True))
        analyses = attach(runtime, storage)
        batches = open_batches(settings, analyses, storage, start_worker=True, handler=handler)
        await stack.enter_async_context(batches)
        await stack.enter_async_context(keep_heartbeat(heartbeat_file(settings)))
        await stack.enter_async_context(serve_metrics(settings, build_exposition(analyses, storage)))
        _log.info("worker_started", parallel=settings.batches.parallel)
        await stop_event.wait()
        _log.info("worker_draining")
    _log.info("worker_stopped")
