"""Open webhooks: the service, and the dispatcher that delivers their messages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from subtext.intake.http.ip_policy import HostAllowlist
from subtext.storage.background import background_task, prune_periodically
from subtext.storage.webhooks import SqlWebhookRepository
from subtext.storage.work_queue import run_workers
from subtext.webhooks.service import WebhookService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.bootstrap.runtime import Storage
    from subtext.clock import Clock
    from subtext.settings import Settings

_DELIVERY_RETENTION: Final = timedelta(days=30)
_PARALLEL: Final = 8
# Another process may have enqueued a message: look again this often (s).
_POLL_S: Final = 1.0


@asynccontextmanager
async def open_webhooks(
    settings: Settings, storage: Storage | None, clock: Clock, *, start_workers: bool
) -> AsyncIterator[WebhookService | None]:
    """Open the webhook service, with a dispatcher if asked for; None if batches, whose end it reports, are off."""
    if not settings.batches.enabled or storage is None:
        yield None
        return
    repository = SqlWebhookRepository(storage.database, clock, max_per_owner=settings.webhooks.max_per_owner)
    private = HostAllowlist.parse(settings.webhooks.private_hosts, "SUBTEXT_WEBHOOKS_PRIVATE_HOSTS")
    service = WebhookService(repository, private)
    if not start_workers:
        yield service
        return
    from subtext.webhooks.dispatcher import WebhookDispatcher  # noqa: PLC0415 - an extra
    from subtext.webhooks.sender import WebhookSender  # noqa: PLC0415 - an extra

    timeout_s = settings.webhooks.timeout_s
    dispatcher = WebhookDispatcher(repository, WebhookSender(private, clock, timeout_s=timeout_s), timeout_s=timeout_s)
    dispatch_loop = run_workers(dispatcher.dispatch_next, parallel=_PARALLEL, poll_s=_POLL_S)
    async with background_task(dispatch_loop), prune_periodically(repository, _DELIVERY_RETENTION, clock):
        yield service
