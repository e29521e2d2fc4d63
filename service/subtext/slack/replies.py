"""Where an answer is shown: one message, put up while the article is read and edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from slack_sdk.webhook.async_client import AsyncWebhookClient

from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.card import Card
    from subtext.slack.pacing import Pacer

# Where Slack lets a command's or a button's answer be sent. The field is foreign text until this is checked.
RESPONSE_ORIGINS = ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")


class Once(Protocol):
    """Runs a step of a delivery; when the delivery is taken up again after a crash, its result is remembered."""

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        """What the step gave, now or the first time."""
        ...


class ThreadReply:
    """A message in a thread of a channel."""

    def __init__(self, client: AsyncWebClient, pacer: Pacer, once: Once, channel: str, thread_ts: str | None) -> None:
        self._client, self._pacer, self._once = client, pacer, once
        self._channel, self._thread_ts = channel, thread_ts

    async def show(self, first: Card, then: Callable[[], Awaitable[Card]]) -> None:
        """Put up the first card, and replace it by the other one when that is there."""
        ts = await self._once("post", lambda: self._post(first))
        card = await then()
        await self._pacer.turn(self._channel)
        await self._client.chat_update(channel=self._channel, ts=ts, text=card.text, blocks=list(card.blocks))

    async def say(self, card: Card) -> None:
        """Put up one card."""
        await self._once("post", lambda: self._post(card))

    async def _post(self, card: Card) -> str:
        await self._pacer.turn(self._channel)
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


class OwnReply:
    """A message that only the person who asked can see; raises `RequestInvalid` for an address that is not Slack's."""

    def __init__(self, response_url: str, once: Once, *, origins: tuple[str, ...] = RESPONSE_ORIGINS) -> None:
        if not response_url.startswith(origins):
            raise RequestInvalid("the address for the answer is not Slack's: nothing is sent there")
        self._webhook, self._once = AsyncWebhookClient(response_url, trust_env_in_session=False), once

    async def show(self, first: Card, then: Callable[[], Awaitable[Card]]) -> None:
        """Put up the first card, and replace it by the other one when that is there."""
        await self._once("post", lambda: self._send(first, replace=False))
        card = await then()
        await self._send(card, replace=True)

    async def say(self, card: Card, *, to_all: bool = False) -> None:
        """Put up one card; `to_all` shows it to the whole channel."""
        await self._once("say", lambda: self._send(card, replace=False, to_all=to_all))

    async def _send(self, card: Card, *, replace: bool, to_all: bool = False) -> str:
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
