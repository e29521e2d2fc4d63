"""Send replies to Slack: in a thread or privately, as a placeholder that is replaced by the answer."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.webhook.async_client import AsyncWebhookClient

from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.clock import Clock
    from subtext.slack.messages import SlackMessage

# Slack's hosts for response URLs and for files. Addresses in payloads are untrusted until checked against them.
SLACK_ORIGINS = (
    "https://hooks.slack.com/",
    "https://hooks.slack-gov.com/",
    "https://files.slack.com/",
    "https://files.slack-gov.com/",
)


class RunOnce(Protocol):
    """Port of memoized steps: a step's result is stored, so that a retried delivery does not repeat its effect."""

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """Return the stored result of a step, or run the step and store it."""
        ...


class ThreadReply:
    """Reply in a thread of a channel."""

    def __init__(
        self, client: AsyncWebClient, throttle: ChannelThrottle, once: RunOnce, channel: str, thread_ts: str | None
    ) -> None:
        self._client, self._throttle, self._once = client, throttle, once
        self._channel, self._thread_ts = channel, thread_ts

    async def send_and_replace(self, first: SlackMessage, then: Callable[[], Awaitable[SlackMessage]]) -> None:
        """Post a placeholder, and replace it by the message that `then` returns."""
        ts = await self._once("post", lambda: self._post(first))
        card = await then()
        await self._throttle.wait(self._channel)
        await self._client.chat_update(channel=self._channel, ts=ts, text=card.text, blocks=list(card.blocks))

    async def send(self, card: SlackMessage) -> None:
        """Post one message."""
        await self._once("post", lambda: self._post(card))

    async def _post(self, card: SlackMessage) -> str:
        await self._throttle.wait(self._channel)
        response = await self._client.chat_postMessage(
            channel=self._channel,
            thread_ts=self._thread_ts,
            text=card.text,
            blocks=list(card.blocks),
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
        )
        return str(response["ts"])


class EphemeralReply:
    """Private reply through the response URL; raises `RequestInvalid` unless the URL is Slack's."""

    def __init__(self, response_url: str, once: RunOnce, *, origins: tuple[str, ...] = SLACK_ORIGINS) -> None:
        if not response_url.startswith(origins):
            raise RequestInvalid("the response URL is not Slack's, so nothing was sent")
        self._webhook, self._once = AsyncWebhookClient(response_url, trust_env_in_session=False), once

    async def send_and_replace(self, first: SlackMessage, then: Callable[[], Awaitable[SlackMessage]]) -> None:
        """Send a placeholder, and replace it by the message that `then` returns."""
        await self._once("post", lambda: self._send(first, replace=False))
        card = await then()
        await self._send(card, replace=True)

    async def send(self, card: SlackMessage, *, to_all: bool = False) -> None:
        """Send one message; `to_all` shows it to the whole channel."""
        await self._once("say", lambda: self._send(card, replace=False, to_all=to_all))

    async def _send(self, card: SlackMessage, *, replace: bool, to_all: bool = False) -> str:
        response = await self._webhook.send(
            text=card.text,
            blocks=list(card.blocks),
            response_type="in_channel" if to_all else "ephemeral",
            replace_original=replace,
            unfurl_links=False,
            unfurl_media=False,
        )
        if response.status_code >= 400:  # noqa: PLR2004 - HTTP
            raise ConnectionError(f"Slack refused the message: status {response.status_code}")
        return ""


INTERVAL_S = 1.0


MAX_RETRY_AFTER_S = 60


_CHANNELS = 10_000


class ChannelThrottle:
    """Rate limiter for posts: one a second in each channel, as Slack demands."""

    def __init__(self, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def wait(self, channel: str) -> None:
        """Wait until this caller may post to the channel."""
        now = self._clock.monotonic()
        at = max(now, self._free_at.pop(channel, now))
        self._free_at[channel] = at + INTERVAL_S
        if len(self._free_at) > _CHANNELS:
            self._free_at.popitem(last=False)
        if at > now:
            await self._sleep(at - now)


class BoundedRateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """Retry after a 429 once `Retry-After` has passed, if that is a minute or less; else the delivery is retried."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not await super()._can_retry_async(state=state, request=request, response=response, error=error):
            return False
        retry_after = [
            value for name, value in (response.headers if response else {}).items() if name.lower() == "retry-after"
        ]
        wait = retry_after[0][0] if retry_after and retry_after[0] else "1"
        return wait.isdigit() and int(wait) <= MAX_RETRY_AFTER_S
