"""Webhook service: register addresses that pass the SSRF check; and the repository's port."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from subtext.domain.host import parse_ip
from subtext.errors import ForbiddenUrl

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.domain.webhook import Delivery, DeliveryState, Event, Webhook
    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.urls import FetchTarget

# For how long the old secret signs as well after a rotation.
SECRET_OVERLAP: Final = timedelta(hours=24)
_NOT_PUBLIC = (
    "the address leads to no public host: give a public one, or have the operator name yours in "
    "SUBTEXT_WEBHOOKS_PRIVATE_HOSTS"
)


class WebhookRepository(Protocol):
    """Store webhooks and their messages; another owner's webhook does not exist (`WebhookNotFound`)."""

    async def add(self, owner: Owner, url: str, events: frozenset[Event], description: str | None = None) -> Webhook:
        """Add a webhook with a new secret; raises `WebhookLimitReached`."""

    async def list_webhooks(self, owner: Owner) -> list[Webhook]:
        """List the owner's webhooks, newest first."""

    async def get(self, webhook_id: str, owner: Owner) -> Webhook:
        """Return one of the owner's webhooks."""

    async def delete(self, webhook_id: str, owner: Owner) -> None:
        """Delete a webhook, and the messages to it."""

    async def rotate(self, webhook_id: str, owner: Owner, overlap: timedelta) -> Webhook:
        """Rotate the secret; the old one signs as well for as long as `overlap`."""

    async def list_deliveries(
        self, webhook_id: str, owner: Owner, *, state: DeliveryState | None, before: str | None, limit: int
    ) -> list[Delivery]:
        """List messages to a webhook, newest first."""

    async def redeliver(self, webhook_id: str, owner: Owner, delivery_id: str) -> Delivery:
        """Make a message due now with all its retries; raises `DeliveryNotFound`, `DeliveryInProgress`."""

    async def claim_next(self, lease: timedelta) -> tuple[Webhook, Delivery] | None:
        """Claim the oldest due message under a lease."""

    async def mark_delivered(self, delivery: Delivery, status: int) -> None:
        """Record that the receiver accepted the message."""

    async def reschedule(self, delivery: Delivery, wait: timedelta, *, status: int | None, error: str) -> None:
        """Record a failed attempt, and retry after `wait`."""

    async def mark_dead(self, delivery: Delivery, *, status: int | None, error: str) -> None:
        """Record that the message is given up."""

    async def disable(self, webhook_id: str) -> None:
        """Disable a webhook, so that it gets no messages."""


class WebhookService:
    """Register webhooks; the repository does the rest."""

    def __init__(self, repository: WebhookRepository, private: HostAllowlist) -> None:
        self.repository, self._private = repository, private

    async def add(self, owner: Owner, url: str, events: frozenset[Event], description: str | None = None) -> Webhook:
        """Add a webhook with a new secret; raises `ForbiddenUrl`, `WebhookLimitReached`."""
        require_public_url(url, self._private)
        return await self.repository.add(owner, url, events, description)


def require_public_url(url: str, private: HostAllowlist) -> FetchTarget:
    """Check an address against SSRF and return it as a target; raises `ForbiddenUrl` unless public or allowed.

    Only private hosts that the operator allows may use plain http.
    """
    # A late import: it brings the HTTP client, and few services have webhooks.
    from subtext.intake.http.urls import parse_target  # noqa: PLC0415

    try:
        target = parse_target(url, private)
    except ForbiddenUrl as error:
        if error.is_private:
            # The original message advises readers of articles.
            raise ForbiddenUrl(_NOT_PUBLIC, is_private=True) from error
        raise
    address = parse_ip(target.host)
    is_allowed = private.allows_host(target.host, target.port) or (
        address is not None and private.allows_address(address)
    )
    if target.scheme != "https" and not is_allowed:
        raise ForbiddenUrl("messages are sent over https alone: give an https:// address")
    return target
