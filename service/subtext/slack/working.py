"""Working through the inbox: every delivery has its effect, though the process may die on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import structlog

from subtext.slack.deliveries import Delivery
from subtext.storage.holding import held
from subtext.storage.inboxes import work_off

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.slack.deliveries import Deliveries, Kind
    from subtext.slack.replies import Once

    Effect = Callable[[Delivery, Once], Awaitable[None]]

_log = structlog.get_logger("subtext.slack")
_FORGET_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """How much is worked on at a time, how often one delivery is tried, and for how long a dead worker keeps it (s).

    Between tries it waits 1, 2, 4 … times `pause_s`, a minute at most; every `poll_s` it is looked whether another
    process left something.
    """

    parallel: int = 8
    tries: int = 6
    lease_s: float = 30.0
    pause_s: float = 2.0
    poll_s: float = 1.0


class InboxWorker:
    """The inbox, and who works through it: what is put in is begun at once, and taken over where a worker died."""

    def __init__(self, deliveries: Deliveries, effect: Effect, limits: InboxLimits | None = None) -> None:
        self._deliveries, self._effect, self._limits = deliveries, effect, limits or InboxLimits()
        self._came = asyncio.Event()
        self._lease = timedelta(seconds=self._limits.lease_s)
        self._taken = 0

    async def put(self, delivery: Delivery) -> bool:
        """Keep a delivery; False where one of this key was kept before."""
        is_new = await self._deliveries.put(delivery.key, delivery.kind, delivery.team, delivery.body)
        self._came.set()
        return is_new

    async def work(self) -> None:
        """Work until cancelled; what is being worked on then is taken up at the next start."""
        limits = self._limits
        await work_off(self._work_on_one, parallel=limits.parallel, poll_s=limits.poll_s, came=self._came)

    async def _work_on_one(self) -> bool:
        taken = await self._deliveries.take(self._lease)
        if taken is None:
            return False
        key, kind, team, body, tries = taken
        delivery = Delivery(key, cast("Kind", kind), team, body)
        async with held(lambda: self._deliveries.hold(key, self._lease), self._lease):
            try:
                await self._effect(delivery, Remembered(self._deliveries, key))
            except Exception as error:  # noqa: BLE001 - the edge of a job: one that fails oddly must not end the others
                await self._failed(key, tries, type(error).__name__)
            else:
                await self._deliveries.done(key)
        self._taken += 1
        if self._taken % _FORGET_EVERY == 0:
            await self._deliveries.forget_old()
        return True

    async def _failed(self, key: str, tries: int, error: str) -> None:
        _log.warning("slack_delivery_failed", tries=tries + 1, error=error)
        if tries + 1 >= self._limits.tries:
            await self._deliveries.failed(key)
        else:
            await self._deliveries.again(key, timedelta(seconds=min(self._limits.pause_s * 2**tries, 60)))


class Remembered:
    """Runs the steps of one delivery, each once: what it gave is remembered in the database."""

    def __init__(self, deliveries: Deliveries, key: str) -> None:
        self._deliveries, self._key = deliveries, key

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """What the step gave, now or the first time."""
        found = await self._deliveries.step(self._key, name)
        if found is None:
            found = await step()
            await self._deliveries.keep_step(self._key, name, found)
        return found
