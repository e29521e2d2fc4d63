"""Handing over messages until they are taken, or a day has passed; a message outlives the process that tried it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from subtext.batches.webhooks import wait_s
from subtext.webhooks.sending import Outcome

if TYPE_CHECKING:
    from subtext.batches.ports import WebhookStore
    from subtext.batches.webhooks import Delivery, Webhook
    from subtext.webhooks.sending import Sender

# Longer than a try may take, so that nobody takes over what is still being tried.
_LEASE_SPARE_S: Final = 5.0
_JITTER: Final = 0.1
_GONE: Final = Outcome(None, "the webhook wants nothing more since it answered with status 410")
_log = structlog.get_logger("subtext.webhooks")


class Courier:
    """Takes messages that wait, and hands them over."""

    def __init__(self, store: WebhookStore, sender: Sender, *, timeout_s: float) -> None:
        self._store, self._sender = store, sender
        self._lease = timedelta(seconds=timeout_s + _LEASE_SPARE_S)

    async def deliver_one(self) -> bool:
        """Whether there was a message; raises `StoreUnavailable`."""
        taken = await self._store.take(self._lease)
        if taken is None:
            return False
        webhook, delivery = taken
        outcome = _GONE if webhook.disabled_at else await self._sent(webhook, delivery)
        await self._settle(webhook, delivery, outcome)
        return True

    async def _sent(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        try:
            return await self._sender.send(webhook, delivery)
        except Exception as error:  # noqa: BLE001 - the edge of a job: one that fails oddly must not end the others
            _log.error("webhook_failed", webhook=webhook.id, error=type(error).__name__)
            return Outcome(None, "something failed on our side")

    async def _settle(self, webhook: Webhook, delivery: Delivery, outcome: Outcome) -> None:
        if outcome.error is None and outcome.status is not None:
            await self._store.delivered(delivery, outcome.status)
            return
        error = outcome.error or "it was not taken"
        _log.warning("webhook_not_taken", webhook=webhook.id, delivery=delivery.id, tries=delivery.tries, error=error)
        if outcome.is_gone:
            await self._store.disable(webhook.id)
        wait = None if outcome.is_gone or outcome is _GONE else wait_s(delivery.tries, outcome.retry_after_s)
        if wait is None:
            await self._store.dead(delivery, status=outcome.status, error=error)
        else:
            # Later, never sooner: a receiver's Retry-After holds.
            spread = 1 + random.random() * _JITTER  # noqa: S311 - spreads load, keeps no secret
            await self._store.again(delivery, timedelta(seconds=wait * spread), status=outcome.status, error=error)
