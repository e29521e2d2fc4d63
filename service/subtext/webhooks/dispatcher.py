"""Dispatch webhook messages from the database, with retries for up to a day."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from subtext.logs import log_failure
from subtext.telemetry.job_metrics import record_webhook_delivery
from subtext.webhooks.sender import DeliveryResult

if TYPE_CHECKING:
    from subtext.domain.webhook import Delivery, Webhook
    from subtext.webhooks.service import WebhookRepository

# The lease outlasts an attempt, so that no other worker claims a message that is being sent.
_LEASE_SPARE_S: Final = 5.0
_JITTER: Final = 0.1
_DISABLED: Final = "the webhook wants nothing more since it answered with status 410"
_log = structlog.get_logger("subtext.webhooks")


class Sender(Protocol):
    """Send messages."""

    async def send(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        """Send one message, and return how the attempt ended."""


class WebhookDispatcher:
    """Claim due messages and send them; reschedule failed ones with backoff and jitter."""

    def __init__(self, repository: WebhookRepository, sender: Sender, *, timeout_s: float) -> None:
        self._repository, self._sender = repository, sender
        self._lease = timedelta(seconds=timeout_s + _LEASE_SPARE_S)

    async def dispatch_next(self) -> bool:
        """Dispatch the oldest due message; return False if there is none. Raises `StorageUnavailable`."""
        claimed = await self._repository.claim_next(self._lease)
        if claimed is None:
            return False
        webhook, delivery = claimed
        if webhook.disabled_at is not None:
            _log_failure(delivery, _DISABLED)
            await self._repository.mark_dead(delivery, status=None, error=_DISABLED)
            record_webhook_delivery("dead")
        else:
            await self._settle(webhook, delivery, await self._send_safely(webhook, delivery))
        return True

    async def _send_safely(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        try:
            return await self._sender.send(webhook, delivery)
        except Exception as error:  # noqa: BLE001 - the edge of a job: one that fails oddly must not end the others
            log_failure("webhook_failed", error, webhook=webhook.id)
            return DeliveryResult(None, "something failed on our side")

    async def _settle(self, webhook: Webhook, delivery: Delivery, result: DeliveryResult) -> None:
        if result.error is None and result.status is not None:
            await self._repository.mark_delivered(delivery, result.status)
            record_webhook_delivery("delivered")
            _log.info("webhook_delivered", webhook=delivery.webhook_id, delivery=delivery.id, tries=delivery.tries)
            return
        error = result.error or "it was not taken"
        _log_failure(delivery, error)
        if result.is_gone:
            await self._repository.disable(webhook.id)
        wait = None if result.is_gone else delivery.next_delay_s(result.retry_after_s)
        if wait is None:
            await self._repository.mark_dead(delivery, status=result.status, error=error)
        else:
            # Jitter only delays: a receiver's Retry-After is a minimum.
            delay = timedelta(seconds=wait * (1 + random.random() * _JITTER))  # noqa: S311 - spreads load, keeps no secret
            await self._repository.reschedule(delivery, delay, status=result.status, error=error)
        record_webhook_delivery("dead" if wait is None else "retried")


def _log_failure(delivery: Delivery, error: str) -> None:
    _log.warning(
        "webhook_not_taken", webhook=delivery.webhook_id, delivery=delivery.id, tries=delivery.tries, error=error
    )
