"""The batch worker as a process: it works until it is told to stop, then ends what it began."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.api.v1.batching import open_desk
from subtext.domain.errors import SettingsInvalid
from subtext.runtime import batch_plan, open_runtime, open_store, with_storage
from subtext.webhooks.desk import WebhookPlan, open_webhooks

if TYPE_CHECKING:
    from subtext.batches.working import Answering
    from subtext.settings import Settings


async def work(settings: Settings, *, answer: Answering | None = None) -> None:
    """Work on batches until SIGTERM or SIGINT; raises `SettingsInvalid` where no batches are taken."""
    plan = batch_plan(settings)
    if plan is None:
        raise SettingsInvalid("there is nothing to work on: set SUBTEXT_BATCHES_ENABLED=true")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopping.set)
    told = WebhookPlan(**dict(settings.webhooks))
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings))
        store = await stack.enter_async_context(open_store(settings))
        if store is not None:
            await stack.enter_async_context(open_webhooks(told, store.database, runtime.clock, work=True))
        await stack.enter_async_context(
            open_desk(replace(plan, work=True), with_storage(runtime, store), store, answer=answer)
        )
        await stopping.wait()
