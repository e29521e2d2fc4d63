"""Answer in the assistant's thread: suggested prompts, a status while reading, and a streamed answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAssistant

from subtext.errors import SubtextError
from subtext.slack.article_finder import ArticleFinder
from subtext.slack.message_text import USAGE
from subtext.slack.messages import NAME_CHARS, STREAM_CHARS
from subtext.slack.mrkdwn import escape_mrkdwn

if TYPE_CHECKING:
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_bolt.context.say.async_say import AsyncSay
    from slack_bolt.context.say_stream.async_say_stream import AsyncSayStream
    from slack_bolt.context.set_status.async_set_status import AsyncSetStatus
    from slack_bolt.context.set_suggested_prompts.async_set_suggested_prompts import AsyncSetSuggestedPrompts
    from slack_sdk.web.async_client import AsyncWebClient

    from subtext.domain.axis import Axis
    from subtext.slack.files import FileReader
    from subtext.slack.replies import RunOnce
    from subtext.slack.service import SlackService

_GREETING = "Send me an article, as a link or as text: I show how it frames its subject, and in which quotes."
_DEFINITION_CHARS = 1_000
_LABELS = "What do the labels mean?"
PROMPTS = (
    {"title": "How do I ask?", "message": "How do I ask you?"},
    {"title": _LABELS, "message": _LABELS},
    {"title": "How sure are you?", "message": "How sure are you?"},
)
_ANSWERS = {
    PROMPTS[0]["message"]: USAGE,
    PROMPTS[2]["message"]: (
        "Every quote I show is in the text, word for word, at the place I name, and the label needs such quotes. Its "
        "confidence estimates how often a careful reader would give the same label."
    ),
}


def explain_labels(axis: Axis) -> str:
    """Return what each label of an axis means, in Slack's mrkdwn."""
    poles = (
        f"*{escape_mrkdwn(pole.name, NAME_CHARS)}*: {escape_mrkdwn(pole.definition, _DEFINITION_CHARS)}"
        for pole in (axis.negative, axis.positive)
    )
    return "\n".join(poles) + "\n*Mixed*: both, each with evidence. *Neither*: neither."


class AssistantThread:
    """Bolt listeners of the assistant's thread."""

    def __init__(self, service: SlackService, files: FileReader) -> None:
        self._service, self._files = service, files

    def middleware(self) -> AsyncAssistant:
        """Build the Bolt middleware that calls these listeners."""
        assistant = AsyncAssistant()
        assistant.thread_started(self.started)
        assistant.user_message(self.message)
        return assistant

    async def started(self, say: AsyncSay, set_suggested_prompts: AsyncSetSuggestedPrompts) -> None:
        """Greet in a new thread and suggest prompts."""
        await say(_GREETING)
        await set_suggested_prompts(prompts=list(PROMPTS))

    async def message(
        self,
        payload: dict[str, Any],
        client: AsyncWebClient,
        context: AsyncBoltContext,
        say: AsyncSay,
        set_status: AsyncSetStatus,
        say_stream: AsyncSayStream,
        once: RunOnce,
    ) -> None:
        """Answer a message of the user in the thread."""
        text = str(payload.get("text", ""))
        if text == _LABELS:
            await say(explain_labels(self._service.axis))
            return
        if text in _ANSWERS:
            await say(_ANSWERS[text])
            return
        try:
            reference = await ArticleFinder(self._files, client, context.bot_id).in_message(payload)
        except SubtextError as error:
            refusal = self._service.refuse(error)
            await say(text=refusal.text, blocks=list(refusal.blocks))
            return
        if reference is None:
            await say(USAGE)
            return
        await set_status("is reading and weighing the evidence…")
        answer = await self._service.answer(reference, context.team_id or context.enterprise_id or "", once)
        stream = await say_stream()
        sections = [block["text"]["text"] for block in answer.blocks if block["type"] == "section"]
        for section in sections:
            await stream.append(markdown_text=f"{section}\n\n"[:STREAM_CHARS])
        await stream.stop(blocks=[block for block in answer.blocks if block["type"] != "section"])
