"""Find the article that a Slack message is about: in its text, its attachments, its files, or in its thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError

from subtext.errors import RequestInvalid
from subtext.slack.blocks import attachments_markup, body_markup, parts_in
from subtext.slack.files import is_text_file
from subtext.slack.message_text import PARAGRAPH_WORDS, parse_message

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.slack.files import FileReader
    from subtext.slack.message_text import ArticleReference

Payload = dict[str, Any]
_INSTEAD = "or mention me with the link or the text itself"
_NO_TEXT_FILE = "I read text files only, no pictures, PDFs or office documents: paste the text, or send a link to it"
_THREAD_ERRORS = {
    "not_in_channel": "I am not in this channel, so I cannot read the thread: invite me with /invite",
    "channel_not_found": "I cannot see this channel, so I cannot read the thread: invite me with /invite",
    "thread_not_found": "the first message of this thread is gone: use the shortcut “Analyse framing” on another",
}


@dataclass(frozen=True, slots=True)
class ArticleFinder:
    """Find articles: a paragraph or a link comes first, then attachments, then files, and a short text last.

    Its methods return None if there is no article, and raise `RequestInvalid` if there is one that cannot be read.
    """

    files: FileReader
    client: AsyncWebClient
    own_bot_id: str | None = None

    async def in_message(self, message: object) -> ArticleReference | None:
        """Find the article in one message; the app's own messages hold none."""
        if self._is_own(message):
            return None
        article = await self._beyond_a_request(message) or parse_message(body_markup(message))
        if article is None and _files(message):
            raise RequestInvalid(_NO_TEXT_FILE)
        return article

    async def in_thread(self, event: Payload) -> ArticleReference | None:
        """Find the article in a message, or else in the first message of its thread."""
        article = await self._beyond_a_request(event)
        if article is None:
            parent = event.get("root") or await self._parent(event)
            article = None if parent is None else await self.in_message(parent)
        return article or await self.in_message(event)

    async def _beyond_a_request(self, message: object) -> ArticleReference | None:
        """Find an article, unless it could be a few words that ask for one."""
        article = parse_message(body_markup(message), PARAGRAPH_WORDS) or parse_message(attachments_markup(message))
        file = next(filter(is_text_file, _files(message)), None)
        if article is None and file is not None:
            article = await self.files.read(file, self.client.token or "")
        return article

    def _is_own(self, message: object) -> bool:
        return isinstance(message, dict) and self.own_bot_id is not None and message.get("bot_id") == self.own_bot_id

    async def _parent(self, event: Payload) -> object:
        """Fetch the first message of the thread of an event; None if it is in no thread."""
        thread = event.get("thread_ts")
        if thread is None or thread == event.get("ts"):
            return None
        try:
            response = await self.client.conversations_replies(
                channel=event["channel"], ts=thread, limit=1, inclusive=True
            )
        except SlackApiError as error:
            raise RequestInvalid(_explain(error)) from error
        return next(iter(parts_in(response.get("messages"))), None)


def _files(message: object) -> list[Payload]:
    """Return the files of a message, and those of messages that are forwarded in it."""
    if not isinstance(message, dict):
        return []
    attached = (parts_in(item.get("files")) for item in parts_in(message.get("attachments")))
    return [*parts_in(message.get("files")), *(file for files in attached for file in files)]


def _explain(error: SlackApiError) -> str:
    """Say why a thread cannot be read, and what to do."""
    code, needed = str(error.response.get("error", "")), error.response.get("needed")
    if code == "missing_scope":
        return f"I may not read this thread: add the scope {needed} to the app and install it again, {_INSTEAD}"
    if code == "ratelimited":
        wait = error.response.headers.get("Retry-After", "60")
        return f"Slack lets me read no more threads for {wait} seconds: try again then, {_INSTEAD}"
    return f"{_THREAD_ERRORS.get(code, f'Slack does not let me read this thread ({code})')}, {_INSTEAD}"
