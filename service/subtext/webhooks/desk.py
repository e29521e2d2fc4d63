"""Where webhooks are asked for, and the courier behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from subtext.webhooks.addresses import require_address

if TYPE_CHECKING:
    from subtext.batches.ports import WebhookStore
    from subtext.batches.webhooks import Event, Webhook
    from subtext.intake.addresses import PrivateHosts

# How long the secret before a rotation signs as well.
SHARED: Final = timedelta(hours=24)
_KEPT: Final = timedelta(days=30)
_PARALLEL: Final = 8
# An event is told as soon as somebody looks.
_POLL_S: Final = 1.0


class WebhookDesk:
    """Registers webhooks at addresses that may be told something."""

    def __init__(self, store: WebhookStore, private: PrivateHosts) -> None:
        self.store, self._private = store, private

    async def add(self, owner: str, url: str, events: frozenset[Event]) -> Webhook:
        """A new webhook with its secret; raises `UrlRefused`, `TooManyWebhooks`."""
        require_address(url, self._private)
        return await self.store.add(owner, url, events)
