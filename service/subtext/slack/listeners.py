"""Handle Slack's events, commands, shortcuts and buttons."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from subtext.errors import SubtextError
from subtext.slack.article_finder import ArticleFinder
from subtext.slack.files import FileReader
from subtext.slack.message_text import USAGE, ArticleReference, parse_message
from subtext.slack.messages import OPEN, RIGHT, SHARE, WRONG, home_view, progress_message, text_message
from subtext.slack.replies import SLACK_ORIGINS, EphemeralReply, ThreadReply

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.messages import SlackMessage
    from subtext.slack.rate_limits import ChannelThrottle
    from subtext.slack.replies import RunOnce
    from subtext.slack.service import SlackService

COMMAND, SHORTCUT = "/subtext", "analyse_framing"
_RECENT = 10
_GONE = "This analysis is no longer stored: ask again to get a new one."
_THANKS = "Thank you: your feedback is stored with the analysis."

# Messages of people, by the subtype that Slack gives them; the others tell of edits, bots and channel events.
_PERSONAL = {None, "file_share", "me_message", "thread_broadcast"}
_log = structlog.get_logger("subtext.slack")

Payload = dict[str, Any]


class Listeners:
    """Bolt listeners; `origins` are the addresses of Slack that may receive replies and give files."""

    def __init__(
        self,
        service: SlackService,
        throttle: ChannelThrottle,
        public_url: str | None,
        origins: tuple[str, ...] = SLACK_ORIGINS,
    ) -> None:
        self._service, self._throttle, self._public_url, self._origins = service, throttle, public_url, origins
        self._files = FileReader(origins)

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
        reference = parse_message(str(body.get("text", "")))
        await self._reply(_ready(reference), reply, _team(context), once, shareable=True)

    async def shortcut(self, body: Payload, client: AsyncWebClient, context: AsyncBoltContext, once: RunOnce) -> None:
        """Handle the message shortcut “Analyse framing”: reply privately."""
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        article = self._finder(client, context).in_message(body.get("message"))
        await self._reply(article, reply, _team(context), once, shareable=True)

    async def mention(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext, once: RunOnce) -> None:
        """Reply to a mention in its thread, about the article in the mention or else in the thread's first message."""
        if not _is_personal(event):
            return
        reply = ThreadReply(client, self._throttle, once, event["channel"], event.get("thread_ts") or event["ts"])
        await self._reply(self._finder(client, context).in_thread(event), reply, _team(context), once)

    async def direct_message(
        self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext, once: RunOnce
    ) -> None:
        """Reply to a direct message of a person; ignore messages in channels, edits and other bots."""
        if event.get("channel_type") != "im" or not _is_personal(event):
            return
        reply = ThreadReply(client, self._throttle, once, event["channel"], event.get("thread_ts"))
        await self._reply(self._finder(client, context).in_message(event), reply, _team(context), once)

    async def home(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext) -> None:
        """Publish the app's home tab: recent analyses of the workspace, and usage."""
        if event.get("tab", "home") != "home":
            return
        recent = await self._service.recent(_team(context), _RECENT)
        view = home_view(recent, self._public_url, self._service.axis)
        await client.views_publish(user_id=event["user"], view=view)

    async def unfurl(self, event: Payload, client: AsyncWebClient, context: AsyncBoltContext) -> None:
        """Unfurl links to this workspace's analysis pages."""
        urls = [link["url"] for link in event.get("links", ())]
        messages = {url: await self._build_unfurl(url, _team(context)) for url in urls}
        unfurls = {url: {"blocks": list(message.blocks)} for url, message in messages.items() if message is not None}
        if unfurls:
            await client.chat_unfurl(unfurls=unfurls, **_unfurl_place(event))

    async def share(self, body: Payload, context: AsyncBoltContext, once: RunOnce) -> None:
        """Post an answer to the whole channel."""
        message = await self._service.get_message(_action_value(body), _team(context))
        reply = EphemeralReply(body.get("response_url", ""), once, origins=self._origins)
        await (reply.send(text_message(_GONE)) if message is None else reply.send(message, to_all=True))

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

    def _finder(self, client: AsyncWebClient, context: AsyncBoltContext) -> ArticleFinder:
        return ArticleFinder(self._files, client, context.bot_id)

    async def _reply(
        self,
        article: Awaitable[ArticleReference | None],
        reply: ThreadReply | EphemeralReply,
        team: str,
        once: RunOnce,
        *,
        shareable: bool = False,
    ) -> None:
        """Answer with the analysis of an article, with the usage if there is none, or with what is in the way."""
        try:
            reference = await article
        except SubtextError as error:
            await reply.send(self._service.refuse(error))
            return
        if reference is None:
            await reply.send(text_message(USAGE))
            return
        answer = partial(self._service.answer, reference, team, once, shareable=shareable)
        await reply.send_and_replace(progress_message(reference.subject), answer)

    async def _build_unfurl(self, url: str, team: str) -> SlackMessage | None:
        if self._public_url is None or not url.startswith(f"{self._public_url}/analyses/"):
            return None
        return await self._service.get_message(urlsplit(url).path.rsplit("/", 1)[-1], team)


def _unfurl_place(event: Payload) -> dict[str, Any]:
    """Return the arguments that say where a link is: a link that is still being composed is in no message."""
    if event.get("source") == "composer":
        return {"source": event["source"], "unfurl_id": event["unfurl_id"]}
    return {"channel": event["channel"], "ts": event["message_ts"]}


def _team(context: AsyncBoltContext) -> str:
    return context.team_id or context.enterprise_id or ""


def _is_personal(event: Payload) -> bool:
    """Return whether a person wrote a message just now; answering bots could go on for ever."""
    is_personal = event.get("subtype") in _PERSONAL and not event.get("bot_id")
    if not is_personal:
        _log.info("slack_message_ignored", subtype=event.get("subtype"), is_bot=bool(event.get("bot_id")))
    return is_personal


async def _ready(reference: ArticleReference | None) -> ArticleReference | None:
    return reference


def _action_value(body: Payload) -> str:
    actions = body.get("actions") or [{}]
    return str(actions[0].get("value", ""))
