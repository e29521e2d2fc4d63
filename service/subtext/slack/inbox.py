"""Working through the inbox: every delivery has its effect, though the process may die on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.storage.background import renew_lease
from subtext.storage.work_queue import run_workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.domain.slack import SlackDelivery
    from subtext.slack.replies import RunOnce

    DeliveryHandler = Callable[[SlackDelivery, RunOnce], Awaitable[None]]

_log = structlog.get_logger("subtext.slack")
_PRUNE_EVERY = 1_000


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

    def __init__(self, deliveries: InboxRepository, handle: DeliveryHandler, limits: InboxLimits | None = None) -> None:
        self._deliveries, self._handle, self._limits = deliveries, handle, limits or InboxLimits()
        self._wake_up = asyncio.Event()
        self._lease = timedelta(seconds=self._limits.lease_s)
        self._processed = 0

    async def write(self, delivery: SlackDelivery) -> bool:
        """Keep a delivery; False where one of this key was kept before."""
        is_new = await self._deliveries.write(delivery)
        self._wake_up.set()
        return is_new

    async def work(self) -> None:
        """Work until cancelled; what is being worked on then is taken up at the next start."""
        limits = self._limits
        await run_workers(self._process_next, parallel=limits.parallel, poll_s=limits.poll_s, wake_up=self._wake_up)

    async def _process_next(self) -> bool:
        delivery = await self._deliveries.claim_next(self._lease)
        if delivery is None:
            return False
        key = delivery.key
        async with renew_lease(lambda: self._deliveries.extend(key, self._lease), self._lease):
            try:
                await self._handle(delivery, MemoizedSteps(self._deliveries, key))
            except Exception as error:  # noqa: BLE001 - the edge of a job: one that fails oddly must not end the others
                await self._fail(delivery, type(error).__name__)
            else:
                await self._deliveries.mark_done(key)
        self._processed += 1
        if self._processed % _PRUNE_EVERY == 0:
            await self._deliveries.delete_settled()
        return True

    async def _fail(self, delivery: SlackDelivery, error: str) -> None:
        tries = delivery.tries + 1
        _log.warning("slack_delivery_failed", tries=tries, error=error)
        if tries >= self._limits.tries:
            await self._deliveries.mark_failed(delivery.key)
        else:
            wait = min(self._limits.pause_s * 2**delivery.tries, 60)
            await self._deliveries.reschedule(delivery.key, timedelta(seconds=wait))


class MemoizedSteps:
    """Runs the steps of one delivery, each once: what it gave is remembered in the database."""

    def __init__(self, deliveries: InboxRepository, key: str) -> None:
        self._deliveries, self._key = deliveries, key

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """What the step gave, now or the first time."""
        found = await self._deliveries.get_step(self._key, name)
        if found is None:
            found = await step()
            await self._deliveries.save_step(self._key, name, found)
        return found


class Inbox(Protocol):
    """Where deliveries wait: durable once `write` is back."""

    async def write(self, delivery: SlackDelivery) -> bool:
        """Keep it; False where a delivery of this key was kept before."""
        ...


class InboxRepository(Protocol):
    """Deliveries in a database, each worked on by one worker at a time. Raises `StorageUnavailable`."""

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store one; False if one of this key was stored before."""
        ...

    async def claim_next(self, lease: timedelta) -> SlackDelivery | None:
        """Claim the one that waits longest, for as long as the lease."""
        ...

    async def extend(self, key: str, lease: timedelta) -> None:
        """Keep one that is being worked on for longer."""
        ...

    async def mark_done(self, key: str) -> None:
        """Its effect is there."""
        ...

    async def reschedule(self, key: str, wait: timedelta) -> None:
        """Let it be tried again after a while."""
        ...

    async def mark_failed(self, key: str) -> None:
        """Its effect will not be there."""
        ...

    async def get_step(self, key: str, name: str) -> str | None:
        """What a step of it gave, where it was done before."""
        ...

    async def save_step(self, key: str, name: str, result: str) -> None:
        """Remember what a step of it gave."""
        ...

    async def delete_settled(self) -> None:
        """Forget what was settled long ago."""
        ...
