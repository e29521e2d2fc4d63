"""The batch worker as a process: it works until it is told to stop, then ends what it began."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.api.v1.batching import open_desk
from subtext.domain.errors import SettingsInvalid
from subtext.runtime import batch_plan, open_runtime, open_store

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
    async with (
        open_runtime(settings) as runtime,
        open_store(settings) as store,
        open_desk(replace(plan, work=True), runtime, store, answer=answer),
    ):
        await stopping.wait()
