"""Register webhooks at addresses that may be told something, and the port to what stores them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from subtext.domain.host import parse_ip
from subtext.errors import ForbiddenUrl
from subtext.intake.http.urls import parse_target

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.domain.webhook import DeliveryState, Event, Webhook, WebhookDelivery
    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.urls import FetchTarget

# How long the secret before a rotation signs as well.
SECRET_OVERLAP: Final = timedelta(hours=24)
_NOT_PUBLIC = (
    "the address leads to no public host: give a public one, or have the operator name yours in "
    "SUBTEXT_WEBHOOKS_PRIVATE_HOSTS"
)


class WebhookRepository(Protocol):
    """Store webhooks and the messages to them; what is not the owner's does not exist (`WebhookNotFound`)."""

    async def add(self, owner: Owner, url: str, events: frozenset[Event]) -> Webhook:
        """Add a webhook with a new secret; raises `WebhookLimitReached`."""

    async def list_webhooks(self, owner: Owner) -> list[Webhook]:
        """List the owner's webhooks, the newest first."""

    async def get(self, webhook_id: str, owner: Owner) -> Webhook:
        """Return one of the owner's webhooks."""

    async def delete(self, webhook_id: str, owner: Owner) -> None:
        """Delete a webhook, and the messages to it."""

    async def rotate(self, webhook_id: str, owner: Owner, overlap: timedelta) -> Webhook:
        """Give a webhook a new secret; the one before signs as well for as long as `overlap`."""

    async def deliveries(
        self, webhook_id: str, owner: Owner, *, state: DeliveryState | None, before: str | None, limit: int
    ) -> list[WebhookDelivery]:
        """List messages to a webhook, the newest first."""

    async def redeliver(self, webhook_id: str, owner: Owner, delivery_id: str) -> WebhookDelivery:
        """Let a message be tried anew from now on; raises `DeliveryNotFound`."""

    async def claim_next(self, lease: timedelta) -> tuple[Webhook, WebhookDelivery] | None:
        """Claim the message that waits longest, for as long as the lease."""

    async def mark_delivered(self, delivery: WebhookDelivery, status: int) -> None:
        """Note that the receiver has taken it."""

    async def reschedule(self, delivery: WebhookDelivery, wait: timedelta, *, status: int | None, error: str) -> None:
        """Let it be tried again after a while."""

    async def mark_dead(self, delivery: WebhookDelivery, *, status: int | None, error: str) -> None:
        """Note that it is tried no more."""

    async def disable(self, webhook_id: str) -> None:
        """Send nothing more to this webhook."""


class WebhookService:
    """Register webhooks; the repository does the rest."""

    def __init__(self, repository: WebhookRepository, private: HostAllowlist) -> None:
        self.repository, self._private = repository, private

    async def add(self, owner: Owner, url: str, events: frozenset[Event]) -> Webhook:
        """Add a webhook with its secret; raises `ForbiddenUrl`, `WebhookLimitReached`."""
        require_public_url(url, self._private)
        return await self.repository.add(owner, url, events)


def require_public_url(url: str, private: HostAllowlist) -> FetchTarget:
    """SSRF guard: return the target of messages; raises `ForbiddenUrl`. Only hosts that the operator names get http."""
    try:
        target = parse_target(url, private)
    except ForbiddenUrl as error:
        if error.is_private:
            # What is said there advises who wants an article read.
            raise ForbiddenUrl(_NOT_PUBLIC, is_private=True) from error
        raise
    address = parse_ip(target.host)
    is_named = private.allows_host(target.host, target.port) or (
        address is not None and private.allows_address(address)
    )
    if target.scheme != "https" and not is_named:
        raise ForbiddenUrl("messages are sent over https alone: give an https:// address")
    return target
