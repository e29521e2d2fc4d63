"""Tell receivers of each analysis: a signed webhook, and an incoming webhook of Slack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from subtext.webhooks.sender import WebhookSender, sign

if TYPE_CHECKING:
    from subtext.clock import Clock
    from subtext.schemas.analysis import AnalysisView

EVENT = "analysis.completed"


@dataclass(frozen=True, slots=True)
class WebhookNotifier:
    """Post `{"type", "timestamp", "repeated", "data"}` with the whole analysis as data.

    It is signed as Standard Webhooks prescribes; a repeated message has the `webhook-id` of the first.
    """

    name: ClassVar[str] = "the webhook"
    url: str
    secret: str
    sender: WebhookSender
    clock: Clock

    async def notify(self, view: AnalysisView, *, repeated: bool = False) -> str | None:
        """Tell of an analysis under its own id; return why it was not taken, None if it was."""
        event = {"type": EVENT, "timestamp": view.created_at, "repeated": repeated}
        body = json.dumps({**event, "data": view.model_dump(mode="json")})
        headers = sign([self.secret], view.id, body, self.clock.now())
        return (await self.sender.post(self.url, body, headers)).error


class MessageFactory(Protocol):
    """Builder of the message of an analysis: its text and blocks, marked if it may have arrived before."""

    def __call__(self, view: AnalysisView, *, repeated: bool) -> dict[str, object]:
        """Return the message."""


@dataclass(frozen=True, slots=True)
class SlackNotifier:
    """Post the message of an analysis to an incoming webhook; `build` returns its text and blocks."""

    name: ClassVar[str] = "Slack"
    url: str
    build: MessageFactory
    sender: WebhookSender

    async def notify(self, view: AnalysisView, *, repeated: bool = False) -> str | None:
        """Tell of an analysis; return why it was not taken, None if it was."""
        return (await self.sender.post(self.url, json.dumps(self.build(view, repeated=repeated)), {})).error
