"""Send replies to Slack: in a thread or privately, as a placeholder that is replaced by the answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from slack_sdk.webhook.async_client import AsyncWebhookClient

from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.messages import SlackMessage
    from subtext.slack.rate_limits import ChannelThrottle

# Slack's hosts for response URLs and for files. Addresses in payloads are untrusted until checked against them.
SLACK_ORIGINS = (
    "https://hooks.slack.com/",
    "https://hooks.slack-gov.com/",
    "https://files.slack.com/",
    "https://files.slack-gov.com/",
)


class RunOnce(Protocol):
    """Run the steps of a delivery once each: a stored result keeps a retry from repeating the effect."""

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """Return the stored result of a step, or run the step and store it."""


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
        message = await then()
        await self._throttle.wait(self._channel)
        await self._client.chat_update(channel=self._channel, ts=ts, text=message.text, blocks=list(message.blocks))

    async def send(self, message: SlackMessage) -> None:
        """Post one message."""
        await self._once("post", lambda: self._post(message))

    async def _post(self, message: SlackMessage) -> str:
        await self._throttle.wait(self._channel)
        response = await self._client.chat_postMessage(
            channel=self._channel,
            thread_ts=self._thread_ts,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
        )
        return str(response["ts"])


class EphemeralReply:
    """Reply privately through the response URL; raises `RequestInvalid` unless the URL is Slack's."""

    def __init__(self, response_url: str, once: RunOnce, *, origins: tuple[str, ...] = SLACK_ORIGINS) -> None:
        if not response_url.startswith(origins):
            raise RequestInvalid("the response URL is not Slack's, so nothing was sent")
        self._webhook, self._once = AsyncWebhookClient(response_url, trust_env_in_session=False), once

    async def send_and_replace(self, first: SlackMessage, then: Callable[[], Awaitable[SlackMessage]]) -> None:
        """Send a placeholder, and replace it by the message that `then` returns."""
        await self._once("post", lambda: self._send(first, replace=False))
        message = await then()
        await self._send(message, replace=True)

    async def send(self, message: SlackMessage, *, to_all: bool = False) -> None:
        """Send one message; `to_all` shows it to the whole channel."""
        await self._once("say", lambda: self._send(message, replace=False, to_all=to_all))

    async def _send(self, message: SlackMessage, *, replace: bool, to_all: bool = False) -> str:
        response = await self._webhook.send(
            text=message.text,
            blocks=list(message.blocks),
            response_type="in_channel" if to_all else "ephemeral",
            replace_original=replace,
            unfurl_links=False,
            unfurl_media=False,
        )
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise ConnectionError(f"Slack refused the message: status {response.status_code}")
        return ""
