"""Slack app under test: the real app against a fake Slack, with its stores in memory."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from subtext.bootstrap.runtime import open_runtime
from subtext.errors import AnalysisNotFound
from subtext.schemas.analysis import AnalysisView
from subtext.slack.app import Credentials, SlackApp, SlackUrls
from subtext.slack.messages import MessageBuilder
from subtext.slack.rate_limits import ChannelThrottle
from subtext.slack.request_verifier import parse_delivery
from subtext.slack.service import SlackService
from tests.support.api import TEXT, TITLE, settings
from tests.support.fakes import FakeClock
from tests.support.servers.slack_api import SlackAPI, slack_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from subtext.analysis.ports import AnalysisFilter, Feedback, StoredAnalysis
    from subtext.domain.slack import SlackDelivery
    from subtext.slack.app import OAuthStores

PUBLIC_URL = "https://subtext.example"
ARTICLE = f"{TITLE}. {TEXT}"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = int(FakeClock().now().timestamp())

# What Slack, or its Markdown, would obey: mentions, links, formatting, emoji, line breaks.
OBEYED = re.compile(r"<|>|[*_~`\n\r\u2028\u2029]|&(?!amp;|lt;|gt;)|://|mailto:|[@#!]\w|:[\w+'-]+:|\]\(|\w\.[a-z]{2}")

ATTACKS = (
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<@U123ABC>",
    "<#C123ABC|general>",
    "<!subteam^S123|ops>",
    "<!date^1392734382^{date}^https://evil.example|when>",
    "<https://evil.example|your bank>",
    "<mailto:a@evil.example|write>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "@here",
    "@channel",
    "@everyone",
    "https://evil.example/login",
    "HTTP://EVIL.EXAMPLE",
    "evil.example/login",
    "www.evil.example",
    "mailto:a@evil.example",
    "[your bank](https://evil.example)",
    "[your bank](evil.example)",
    "![pixel](https://evil.example/p.png)",
    "*bold*",
    "_italic_",
    "~struck~",
    "`code`",
    "```\nblock\n```",
    "line\n> quoted by nobody",
    "line\r\n# Heading",
    ":rotating_light: act now :rotating_light:",
    "a\u2028<!channel>",
    "<\u200b!channel>",
    "\U000e0041<!here>",
    "\u202e<!channel>",
    "#general",
    "<slack://open|open>",
)


@dataclass
class InMemoryAnalyses:
    """Analysis repository in memory."""

    stored: list[StoredAnalysis] = field(default_factory=list)
    said: list[Feedback] = field(default_factory=list)

    @property
    def seen(self) -> list[tuple[str, AnalysisView]]:
        return [(one.owner, AnalysisView.model_validate_json(one.document)) for one in self.stored]

    @property
    def judged(self) -> list[tuple[str, str, bool, str | None]]:
        """Of what, whose, whether it was found right, and by whom."""
        return [(one.analysis_id, one.owner, one.verdict == "right", one.reader) for one in self.said]

    async def save(self, analysis: StoredAnalysis) -> None:
        self.stored.append(analysis)

    async def get(self, owner: str, analysis_id: str) -> StoredAnalysis:
        found = next((one for one in self.stored if (one.owner, one.id) == (owner, analysis_id)), None)
        if found is None:
            raise AnalysisNotFound("there is no such analysis")
        return found

    async def list_analyses(
        self, owner: str, _: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        assert before is None
        return [one for one in reversed(self.stored) if one.owner == owner][:limit]

    async def delete(self, owner: str, analysis_id: str) -> None:
        self.stored.remove(await self.get(owner, analysis_id))

    async def delete_older_than(self, moment: datetime) -> int:
        old = [one for one in self.stored if one.created_at < moment]
        self.stored = [one for one in self.stored if one not in old]
        return len(old)

    async def feedback(self, owner: str | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        for one in self.said:
            if owner in {None, one.owner}:
                yield one, await self.get(one.owner, one.analysis_id)

    async def add_feedback(self, feedback: Feedback) -> None:
        self.said.append(feedback)


@dataclass
class InMemorySteps:
    """Results of steps, as the durable queue remembers them for one delivery."""

    done: dict[str, str] = field(default_factory=dict)

    async def __call__(self, name: str, step: Callable[[], Awaitable[str]]) -> str:
        if name not in self.done:
            self.done[name] = await step()
        return self.done[name]


@dataclass
class InMemoryInbox:
    """Inbox in memory."""

    deliveries: dict[str, SlackDelivery] = field(default_factory=dict)

    async def write(self, delivery: SlackDelivery) -> bool:
        is_new = delivery.key not in self.deliveries
        self.deliveries.setdefault(delivery.key, delivery)
        return is_new


@dataclass
class SlackHarness:
    """The app, the fake Slack, and what was stored."""

    app: SlackApp
    slack: SlackAPI
    shelf: InMemoryAnalyses

    async def happen(self, payload: dict[str, Any], memory: InMemorySteps | None = None) -> SlackDelivery:
        """Let something happen in a workspace, as it comes from the queue."""
        delivery = parse_delivery(payload, "digest")
        await self.app.dispatch(delivery, memory or InMemorySteps())
        return delivery


@contextlib.asynccontextmanager
async def slack_harness(installs: OAuthStores | None = None) -> AsyncIterator[SlackHarness]:
    """Open an app of one workspace, or of many if `installs` is given."""
    async with slack_api() as slack, open_runtime(settings()) as analyses:
        shelf, clock = InMemoryAnalyses(), FakeClock()
        service = SlackService(replace(analyses, repository=shelf), MessageBuilder(PUBLIC_URL))
        credentials = Credentials(client_id="1.2", client_secret="s") if installs else Credentials("xoxb-one")
        reach = SlackUrls(PUBLIC_URL, slack.url, (slack.origin,))
        app = SlackApp(
            service, credentials, ChannelThrottle(clock, sleep=clock.sleep), urls=reach, oauth_stores=installs
        )
        yield SlackHarness(app, slack, shelf)


def event(kind: str, *, team: str = "T1", **known: Any) -> dict[str, Any]:
    """Return an event of the Events API."""
    body = {"type": kind, "user": "U1", "channel": "C1", "ts": "1700000000.000100", **known}
    return {"type": "event_callback", "event_id": "Ev1", "team_id": team, "api_app_id": "A1", "event": body}


def command(text: str, response_url: str, *, team: str = "T1") -> dict[str, Any]:
    """Return a slash command."""
    return {
        "command": "/subtext",
        "text": text,
        "team_id": team,
        "user_id": "U1",
        "channel_id": "C1",
        "trigger_id": "1.2.3",
        "response_url": response_url,
    }


def button_press(action: str, value: str, response_url: str, *, team: str = "T1") -> dict[str, Any]:
    """Return a button that was pressed."""
    return {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": "U1", "team_id": team},
        "channel": {"id": "C1"},
        "trigger_id": "4.5.6",
        "response_url": response_url,
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
    }


def shortcut(slack: SlackHarness, message: dict[str, Any]) -> dict[str, Any]:
    """Return the shortcut used on a message."""
    return {
        "type": "message_action",
        "callback_id": "analyse_framing",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "trigger_id": "9.9",
        "message": {"ts": "1.0", **message},
        "response_url": slack.slack.response_url,
    }


def sign(body: bytes, *, secret: str = SECRET, at: int = NOW, content_type: str = "application/json") -> dict[str, str]:
    """Return the headers of a delivery, signed as Slack signs it."""
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {"content-type": content_type, "x-slack-request-timestamp": str(at), "x-slack-signature": signature}
