"""Tell whoever waits for a reply that their request was given up, as far as Slack can still be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from subtext.slack.messages import text_message
from subtext.slack.replies import EphemeralReply, ThreadReply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.domain.slack import SlackDelivery
    from subtext.slack.messages import SlackMessage
    from subtext.slack.rate_limits import ChannelThrottle
    from subtext.slack.replies import RunOnce

_GIVEN_UP = text_message(
    ":warning: This could not be answered, though it was tried several times: send it again. If that fails too, tell "
    "the operator of Subtext when you sent it."
)


class FailureNotice:
    """Send the last word about a delivery, once; `find_client` returns a workspace's client, None without a token."""

    def __init__(
        self,
        find_client: Callable[[SlackDelivery], Awaitable[AsyncWebClient | None]],
        throttle: ChannelThrottle,
        origins: tuple[str, ...],
    ) -> None:
        self._find_client, self._throttle, self._origins = find_client, throttle, origins

    async def send(self, delivery: SlackDelivery, once: RunOnce) -> None:
        """Send it in place of the placeholder, if one was posted; say nothing if nobody waits for a reply."""
        reply = await self._find_reply(delivery, once)
        if reply is None:
            return
        # A button belongs to an answer that is not to be replaced.
        if "actions" in delivery.body:
            await reply.send(_GIVEN_UP)
        else:
            await reply.send_and_replace(_GIVEN_UP, _get_message)

    async def _find_reply(self, delivery: SlackDelivery, once: RunOnce) -> ThreadReply | EphemeralReply | None:
        url, event = delivery.body.get("response_url"), delivery.body.get("event")
        if isinstance(url, str):
            return EphemeralReply(url, once, origins=self._origins)
        if not isinstance(event, dict) or not _awaits_reply(event):
            return None
        client = await self._find_client(delivery)
        thread_ts = event.get("thread_ts") or (event["ts"] if event["type"] == "app_mention" else None)
        return None if client is None else ThreadReply(client, self._throttle, once, event["channel"], thread_ts)


def _awaits_reply(event: dict[str, Any]) -> bool:
    """Return whether a person wrote a message to the app."""
    is_direct = event.get("type") == "message" and event.get("channel_type") == "im"
    return (is_direct or event.get("type") == "app_mention") and not event.get("bot_id") and not event.get("subtype")


async def _get_message() -> SlackMessage:
    return _GIVEN_UP
