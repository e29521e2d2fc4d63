"""Where webhooks are asked for, and the courier behind it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from subtext.intake.addresses import PrivateHosts
from subtext.storage.holding import alongside
from subtext.storage.inboxes import work_off
from subtext.storage.retention import forgetting
from subtext.storage.webhooks import SqlWebhooks
from subtext.webhooks.addresses import require_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.analyst.ports import Clock
    from subtext.batches.ports import WebhookStore
    from subtext.batches.webhooks import Event, Webhook
    from subtext.storage.database import Database

# How long the secret before a rotation signs as well.
SHARED: Final = timedelta(hours=24)
_KEPT: Final = timedelta(days=30)
_PARALLEL: Final = 8
# An event is told as soon as somebody looks.
_POLL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class WebhookPlan:
    """Who may be told though he is private, and the longest time for one try (s)."""

    private_hosts: tuple[str, ...] = ()
    timeout_s: float = 15.0


class WebhookDesk:
    """Registers webhooks at addresses that may be told something."""

    def __init__(self, store: WebhookStore, private: PrivateHosts) -> None:
        self.store, self._private = store, private

    async def add(self, owner: str, url: str, events: frozenset[Event]) -> Webhook:
        """A new webhook with its secret; raises `UrlRefused`, `TooManyWebhooks`."""
        require_address(url, self._private)
        return await self.store.add(owner, url, events)


@asynccontextmanager
async def open_webhooks(
    plan: WebhookPlan, database: Database, clock: Clock, *, work: bool
) -> AsyncIterator[WebhookDesk]:
    """The desk, and a courier at work where `work` says so; raises `SettingsInvalid`."""
    store, private = SqlWebhooks(database, clock), PrivateHosts.parse(plan.private_hosts)
    desk = WebhookDesk(store, private)
    if not work:
        yield desk
        return
    from subtext.webhooks.courier import Courier  # noqa: PLC0415 - an extra
    from subtext.webhooks.sending import Sender  # noqa: PLC0415 - an extra

    courier = Courier(store, Sender(private, clock, timeout_s=plan.timeout_s), timeout_s=plan.timeout_s)
    delivering = work_off(courier.deliver_one, parallel=_PARALLEL, poll_s=_POLL_S)
    async with alongside(delivering), forgetting(store, _KEPT, clock):
        yield desk
