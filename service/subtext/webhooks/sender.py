"""Send one webhook message: a signed POST to an SSRF-checked address, with a timeout and without redirects."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import httpcore2
from standardwebhooks.webhooks import Webhook as Signer

from subtext.errors import ForbiddenUrl
from subtext.intake.http.fetcher import first_headers
from subtext.intake.http.retry_after import DAY_S, parse_retry_after
from subtext.intake.http.ssrf_guard import ssrf_guarded_pool
from subtext.webhooks.service import require_public_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.clock import Clock
    from subtext.domain.webhook import Delivery, Webhook
    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.ssrf_guard import Resolver
    from subtext.intake.http.urls import FetchTarget

_USER_AGENT: Final = f"subtext/{version('subtext')} (webhooks)"
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """Record how an attempt ended: `error` is None on success; `status` is None without a response."""

    status: int | None
    error: str | None = None
    retry_after_s: float | None = None

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver unsubscribed (410 Gone)."""
        return self.status == HTTPStatus.GONE


class WebhookSender:
    """Send messages, each attempt over its own connection; tests pass in `resolver` and `network`."""

    def __init__(
        self,
        private: HostAllowlist,
        clock: Clock,
        *,
        timeout_s: float,
        resolver: Resolver | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._private, self._clock, self._timeout_s = private, clock, timeout_s
        self._resolver, self._network = resolver, network

    async def send(self, webhook: Webhook, delivery: Delivery) -> DeliveryResult:
        """Send a message, signed; as `post`."""
        now = self._clock.now()
        return await self.post(
            webhook.url, delivery.body, sign(webhook.signing_secrets(now), delivery.id, delivery.body, now)
        )

    async def post(self, url: str, body: str, headers: dict[str, str]) -> DeliveryResult:
        """Post JSON; the address is resolved and SSRF-checked at each attempt, as DNS can change."""
        try:
            target = require_public_url(url, self._private)
            async with asyncio.timeout(self._timeout_s):
                return await self._post(target, headers, body)
        except ForbiddenUrl:
            return DeliveryResult(None, "the address leads to no public host, which is never told anything")
        except TimeoutError:
            return DeliveryResult(None, f"no answer within {self._timeout_s:g} s")
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
            return DeliveryResult(None, "the host could not be reached")
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
            return DeliveryResult(None, "the host broke off, or its answer was not HTTP")

    async def _post(self, target: FetchTarget, headers: dict[str, str], body: str) -> DeliveryResult:
        content = body.encode()
        request_headers = {
            "Host": target.host_header.decode(),
            "User-Agent": _USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **headers,
        }
        async with (
            ssrf_guarded_pool(self._private, resolver=self._resolver, network=self._network) as pool,
            # The body of the response is never read.
            pool.stream("POST", target.wire_url, headers=list(request_headers.items()), content=content) as response,
        ):
            if response.status in _SUCCESS:
                return DeliveryResult(response.status)
            wait_s = parse_retry_after(first_headers(response), self._clock.now(), max_s=DAY_S)
            return DeliveryResult(response.status, f"answered with status {response.status}", wait_s)


def sign(secrets: Iterable[str], message_id: str, body: str, now: datetime) -> dict[str, str]:
    """Return the headers that sign a message as Standard Webhooks prescribes, with each of the secrets."""
    # The library ignores the time zone and takes the fields for UTC.
    now_utc = now.astimezone(UTC)
    signatures = [Signer(secret).sign(message_id, now_utc, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now_utc.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
