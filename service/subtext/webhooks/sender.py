"""One try to hand over a message: a signed POST to a judged address, bounded in time, without redirects."""

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
    from subtext.clock import Clock
    from subtext.domain.webhook import Webhook, WebhookDelivery
    from subtext.intake.http.ip_policy import HostAllowlist
    from subtext.intake.http.ssrf_guard import Resolver
    from subtext.intake.http.urls import FetchTarget

_USER_AGENT: Final = f"subtext/{version('subtext')} (webhooks)"
_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How a try ended: `error` is None where the message was taken; `status` where there was an answer at all."""

    status: int | None
    error: str | None = None
    retry_after_s: float | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing more."""
        return self.status == HTTPStatus.GONE


class WebhookSender:
    """Sends messages; each try has a connection of its own. `resolver` and `network` stand for the world in tests."""

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

    async def send(self, webhook: Webhook, delivery: WebhookDelivery) -> DeliveryResult:
        """How the try ended. The address is judged anew each time: what a name stands for can change."""
        try:
            target = require_public_url(webhook.url, self._private)
            async with asyncio.timeout(self._timeout_s):
                return await self._post(target, _sign(webhook, delivery, self._clock.now()), delivery.body)
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
        sent = {
            "Host": target.host_header.decode(),
            "User-Agent": _USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **headers,
        }
        async with (
            ssrf_guarded_pool(self._private, resolver=self._resolver, network=self._network) as pool,
            # What the receiver says beyond status and headers is not read.
            pool.stream("POST", target.wire_url, headers=list(sent.items()), content=content) as response,
        ):
            if response.status in _SUCCESS:
                return DeliveryResult(response.status)
            wait_s = parse_retry_after(first_headers(response), self._clock.now(), max_s=DAY_S)
            return DeliveryResult(response.status, f"answered with status {response.status}", wait_s)


def _sign(webhook: Webhook, delivery: WebhookDelivery, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: a signature by each secret that counts at this moment."""
    # The library takes the moment's fields for UTC, whatever zone it names.
    moment = now.astimezone(UTC)
    signatures = [Signer(secret).sign(delivery.id, moment, delivery.body) for secret in webhook.signing_secrets(now)]
    return {
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
