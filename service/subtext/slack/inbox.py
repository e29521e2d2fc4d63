"""Process the inbox of stored deliveries, at least once each, across crashes of the process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.ids import new_request_id
from subtext.storage.background import renew_lease
from subtext.storage.work_queue import run_workers
from subtext.telemetry.job_metrics import record_slack_delivery
from subtext.telemetry.trace_context import job_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.domain.slack import SlackDelivery
    from subtext.slack.replies import RunOnce

    DeliveryHandler = Callable[[SlackDelivery, RunOnce], Awaitable[None]]

_log = structlog.get_logger("subtext.slack")


class Inbox(Protocol):
    """Accept deliveries; each is durable when `write` returns."""

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store a delivery; return False if its key is stored already."""


class InboxRepository(Protocol):
    """Store deliveries, each leased to one worker at a time; every method raises `StorageUnavailable`."""

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store a delivery; return False if its key is stored already."""

    async def claim_next(self, lease: timedelta) -> SlackDelivery | None:
        """Claim the oldest due delivery under a lease; None if there is none."""

    async def extend(self, key: str, lease: timedelta) -> None:
        """Extend the lease of a delivery that is being processed."""

    async def mark_done(self, key: str) -> None:
        """Record that the delivery was processed."""

    async def reschedule(self, key: str, wait: timedelta) -> None:
        """Record a failed attempt, and retry after `wait`."""

    async def mark_failed(self, key: str) -> None:
        """Record that the delivery is given up."""

    async def get_step(self, key: str, name: str) -> str | None:
        """Return the stored result of a step of a delivery; None if it has not been done."""

    async def save_step(self, key: str, name: str, result: str) -> None:
        """Store the result of a step, so that a retry does not repeat it."""


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """Limits of the workers: deliveries at a time, tries of one delivery, and the lease of a delivery (s).

    A retry waits 1, 2, 4 … times `pause_s`, at most a minute. Every `poll_s` the table is read for deliveries that
    another process left.
    """

    parallel: int = 8
    tries: int = 6
    lease_s: float = 30.0
    pause_s: float = 2.0
    poll_s: float = 1.0


class InboxWorker:
    """Process deliveries in a pool of workers: new ones at once, and those of dead workers once their lease expires."""

    def __init__(
        self,
        deliveries: InboxRepository,
        handle: DeliveryHandler,
        limits: InboxLimits | None = None,
        *,
        give_up: DeliveryHandler | None = None,
    ) -> None:
        """Handle deliveries by `handle`; one that fails for good goes to `give_up`, for a last word to its user."""
        self._deliveries, self._handle, self._limits = deliveries, handle, limits or InboxLimits()
        self._give_up = give_up
        self._wake_up = asyncio.Event()
        self._lease = timedelta(seconds=self._limits.lease_s)

    async def write(self, delivery: SlackDelivery) -> bool:
        """Store a delivery and wake a worker; return False if its key is stored already."""
        is_new = await self._deliveries.write(delivery)
        self._wake_up.set()
        return is_new

    async def work(self) -> None:
        """Run the workers until cancelled; an interrupted delivery is processed again after its lease."""
        limits = self._limits
        await run_workers(self._process_next, parallel=limits.parallel, poll_s=limits.poll_s, wake_up=self._wake_up)

    async def _process_next(self) -> bool:
        delivery = await self._deliveries.claim_next(self._lease)
        if delivery is None:
            return False
        with job_context("slack delivery", new_request_id()):
            await self._process(delivery)
        return True

    async def _process(self, delivery: SlackDelivery) -> None:
        key = delivery.key
        async with renew_lease(lambda: self._deliveries.extend(key, self._lease), self._lease):
            try:
                await self._handle(delivery, MemoizedSteps(self._deliveries, key))
            except Exception as error:  # noqa: BLE001 - the edge of a job: one that fails oddly must not end the others
                await self._fail(delivery, error)
            else:
                await self._deliveries.mark_done(key)
                record_slack_delivery(delivery.kind, "done")
                _log.info("slack_delivery", kind=delivery.kind, team=delivery.team, tries=delivery.tries + 1)

    async def _fail(self, delivery: SlackDelivery, error: Exception) -> None:
        tries = delivery.tries + 1
        _log.warning("slack_delivery_failed", tries=tries, exc_info=error)
        is_last = tries >= self._limits.tries
        record_slack_delivery(delivery.kind, "failed" if is_last else "retried")
        if is_last:
            await self._deliveries.mark_failed(delivery.key)
            await self._send_last_word(delivery)
        else:
            wait = min(self._limits.pause_s * 2**delivery.tries, 60)
            await self._deliveries.reschedule(delivery.key, timedelta(seconds=wait))

    async def _send_last_word(self, delivery: SlackDelivery) -> None:
        if self._give_up is None:
            return
        try:
            await self._give_up(delivery, MemoizedSteps(self._deliveries, delivery.key))
        except Exception as error:  # noqa: BLE001 - what made the delivery fail usually makes this fail as well
            _log.warning("slack_failure_not_told", exc_info=error)


class MemoizedSteps:
    """Run each step of a delivery once: its result is stored in the database."""

    def __init__(self, deliveries: InboxRepository, key: str) -> None:
        self._deliveries, self._key = deliveries, key

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """Return the stored result of a step, or run the step and store it."""
        result = await self._deliveries.get_step(self._key, name)
        if result is None:
            result = await step()
            await self._deliveries.save_step(self._key, name, result)
        return result
