"""Handle Slack's events, commands, shortcuts and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from subtext.slack.message_text import USAGE, ArticleReference, parse_message
from subtext.slack.messages import OPEN, RIGHT, SHARE, WRONG, home_view, progress_message, text_message
from subtext.slack.replies import RESPONSE_ORIGINS, EphemeralReply, ThreadReply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.messages import SlackMessage
    from subtext.slack.replies import ChannelThrottle, RunOnce
    from subtext.slack.service import SlackService

COMMAND, SHORTCUT = "/subtext", "analyse_framing"
_RECENT = 10
_GONE = "This analysis is no longer stored: ask again to get a new one."
_THANKS = "Thank you: your feedback is stored with the analysis."

Payload = dict[str, Any]


class Listeners:
    """Bolt listeners; `origins` are the allowed origins of response URLs."""

    def __init__(
        self,
        service: SlackService,
        throttle: ChannelThrottle,
        public_url: str | None,
        origins: tuple[str, ...] = RESPONSE_ORIGINS,
    ) -> None:
        self._service, self._throttle, self._public_url, self._origins = service, throttle, public_url, origins

    def register(self, app: AsyncApp) -> None:
        """Register the listeners with a Bolt app."""
        app.command(COMMAND)(self.command)
        app.shortcut(SHORTCUT)(self.shortcut)
        app.event("app_mention")(self.mention)
        app.event("message")(self.direct_message)
        app.event("app_home_opened")(self.home)
        app.event("link_shared")(self.unfurl)
        app.action(SHARE)(self.share)
        app.action(RIGHT)(self.right)
        app.action(WRONG)(self.wrong)
        app.action(OPEN)(self.ignore_link_click)

    async def command(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Handle `/subtext URL|text`: reply privately, with a button that shares the answer."""
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        await self._reply_privately(parse_message(str(body.get("text", ""))), reply, _team(context))

    async def shortcut(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Handle the message shortcut “Analyse framing”: reply privately."""
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        await self._reply_privately(parse_message(_message_text(body.get("message"))), reply, _team(context))

    async def mention(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext, once: RunOnce) -> None:
        """Reply to a mention in its thread, about the article in the mention or else in the thread's first message."""
        reply = ThreadReply(client, self._throttle, once, event["channel"], event.get("thread_ts") or event["ts"])
        reference = parse_message(_message_text(event)) or parse_message(_message_text(event.get("root")))
        await self._reply_in_thread(reference, reply, _team(context))

    async def direct_message(
        self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext, once: RunOnce
    ) -> None:
        """Reply to a direct message; ignore messages in channels, edits and other bots."""
        if event.get("channel_type") != "im" or event.get("subtype") or event.get("bot_id"):
            return
        reply = ThreadReply(client, self._throttle, once, event["channel"], event.get("thread_ts"))
        await self._reply_in_thread(parse_message(_message_text(event)), reply, _team(context))

    async def home(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext) -> None:
        """Publish the app's home tab: recent analyses of the workspace, and usage."""
        if event.get("tab", "home") != "home":
            return
        recent = await self._service.recent(_team(context), _RECENT)
        await client.views_publish(user_id=event["user"], view=home_view(recent, self._public_url))

    async def unfurl(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext) -> None:
        """Unfurl links to this workspace's analysis pages."""
        cards = {link["url"]: await self._build_unfurl(link["url"], _team(context)) for link in event.get("links", ())}
        unfurls = {url: {"blocks": list(card.blocks)} for url, card in cards.items() if card is not None}
        if unfurls:
            await client.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)

    async def share(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Post an answer to the whole channel."""
        card = await self._service.get_message(_action_value(body), _team(context))
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        await (reply.send(text_message(_GONE)) if card is None else reply.send(card, to_all=True))

    async def right(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Store the feedback 👍."""
        await self._add_feedback(body, context, once, right=True)

    async def wrong(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Store the feedback 👎."""
        await self._add_feedback(body, context, once, right=False)

    async def ignore_link_click(self) -> None:
        """Ignore the click on a link button; Slack reports it all the same."""

    async def _add_feedback(self, body: Payload, context: AsyncBoltContext, once: RunOnce, *, right: bool) -> None:
        is_stored = await self._service.add_feedback(
            _action_value(body), _team(context), right=right, by=context.user_id or ""
        )
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        await reply.send(text_message(_THANKS if is_stored else _GONE))

    async def _reply_privately(self, reference: ArticleReference | None, reply: EphemeralReply, team: str) -> None:
        if reference is None:
            await reply.send(text_message(USAGE))
        else:
            await reply.send_and_replace(
                progress_message(reference.subject), self._answer(reference, team, shareable=True)
            )

    async def _reply_in_thread(self, reference: ArticleReference | None, reply: ThreadReply, team: str) -> None:
        if reference is None:
            await reply.send(text_message(USAGE))
        else:
            await reply.send_and_replace(progress_message(reference.subject), self._answer(reference, team))

    def _answer(
        self, reference: ArticleReference, team: str, *, shareable: bool = False
    ) -> Callable[[], Awaitable[SlackMessage]]:
        return lambda: self._service.answer(reference, team, shareable=shareable)

    async def _build_unfurl(self, url: str, team: str) -> SlackMessage | None:
        if self._public_url is None or not url.startswith(f"{self._public_url}/analyses/"):
            return None
        return await self._service.get_message(urlsplit(url).path.rsplit("/", 1)[-1], team)


def _team(context: AsyncBoltContext) -> str:
    return context.team_id or context.enterprise_id or ""


def _message_text(message: object) -> str:
    text = message.get("text") if isinstance(message, dict) else None
    return text if isinstance(text, str) else ""


def _action_value(body: Payload) -> str:
    actions = body.get("actions") or [{}]
    return str(actions[0].get("value", ""))
