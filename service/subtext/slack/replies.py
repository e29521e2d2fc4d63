"""Where an answer is shown: one message, put up while the article is read and edited in place."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
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

# Where Slack lets a command's or a button's answer be sent. The field is foreign text until this is checked.
RESPONSE_ORIGINS = ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")


class RunOnce(Protocol):
    """Runs a step of a delivery; when the delivery is taken up again after a crash, its result is remembered."""

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """What the step gave, now or the first time."""
        ...


class ThreadReply:
    """A message in a thread of a channel."""

    def __init__(
        self, client: AsyncWebClient, throttle: ChannelThrottle, once: RunOnce, channel: str, thread_ts: str | None
    ) -> None:
        self._client, self._throttle, self._once = client, throttle, once
        self._channel, self._thread_ts = channel, thread_ts

    async def send_and_replace(self, first: SlackMessage, then: Callable[[], Awaitable[SlackMessage]]) -> None:
        """Put up the first card, and replace it by the other one when that is there."""
        ts = await self._once("post", lambda: self._post(first))
        card = await then()
        await self._throttle.wait(self._channel)
        await self._client.chat_update(channel=self._channel, ts=ts, text=card.text, blocks=list(card.blocks))

    async def send(self, card: SlackMessage) -> None:
        """Put up one card."""
        await self._once("post", lambda: self._post(card))

    async def _post(self, card: SlackMessage) -> str:
        await self._throttle.wait(self._channel)
        posted = await self._client.chat_postMessage(
            channel=self._channel,
            thread_ts=self._thread_ts,
            text=card.text,
            blocks=list(card.blocks),
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
        )
        return str(posted["ts"])


class EphemeralReply:
    """A message that only the person who asked can see; raises `RequestInvalid` for an address that is not Slack's."""

    def __init__(self, response_url: str, once: RunOnce, *, origins: tuple[str, ...] = RESPONSE_ORIGINS) -> None:
        if not response_url.startswith(origins):
            raise RequestInvalid("the address for the answer is not Slack's: nothing is sent there")
        self._webhook, self._once = AsyncWebhookClient(response_url, trust_env_in_session=False), once

    async def send_and_replace(self, first: SlackMessage, then: Callable[[], Awaitable[SlackMessage]]) -> None:
        """Put up the first card, and replace it by the other one when that is there."""
        await self._once("post", lambda: self._send(first, replace=False))
        card = await then()
        await self._send(card, replace=True)

    async def send(self, card: SlackMessage, *, to_all: bool = False) -> None:
        """Put up one card; `to_all` shows it to the whole channel."""
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
            raise ConnectionError(f"Slack took no answer: status {response.status_code}")
        return ""


INTERVAL_S = 1.0


MAX_RETRY_AFTER_S = 60


_CHANNELS = 10_000


class ChannelThrottle:
    """Turns in channels; a turn is at least a second after the one before it in the same channel."""

    def __init__(self, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._sleep = clock, sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def wait(self, channel: str) -> None:
        """Back when it is this caller's turn in the channel."""
        now = self._clock.monotonic()
        at = max(now, self._free_at.pop(channel, now))
        self._free_at[channel] = at + INTERVAL_S
        if len(self._free_at) > _CHANNELS:
            self._free_at.popitem(last=False)
        if at > now:
            await self._sleep(at - now)


class BoundedRateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack says after a 429, up to a minute; what must wait longer fails and is delivered again."""

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
        found = [
            value for name, value in (response.headers if response else {}).items() if name.lower() == "retry-after"
        ]
        wait = found[0][0] if found and found[0] else "1"
        return wait.isdigit() and int(wait) <= MAX_RETRY_AFTER_S
