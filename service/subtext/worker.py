"""The batch worker as a process: it works until it is told to stop, then ends what it began."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from subtext.bootstrap.batches import open_batches, require_batches
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.bootstrap.webhooks import open_webhooks

if TYPE_CHECKING:
    from subtext.batches.ports import ItemHandler
    from subtext.settings import Settings


async def run_worker(settings: Settings, *, handler: ItemHandler | None = None) -> None:
    """Work on batches until SIGTERM or SIGINT; raises `SettingsInvalid` if no batches are taken."""
    require_batches(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings))
        storage = await stack.enter_async_context(open_storage(settings))
        await stack.enter_async_context(open_webhooks(settings, storage, runtime.clock, start_workers=True))
        analyses = attach(runtime, storage)
        batches = open_batches(settings, analyses, storage, start_worker=True, handler=handler)
        await stack.enter_async_context(batches)
        await stopping.wait()
