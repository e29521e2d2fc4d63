"""Tell receivers of each analysis: a signed webhook, and an incoming webhook of Slack."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from subtext.webhooks.sender import WebhookSender, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.clock import Clock
    from subtext.schemas.analysis import AnalysisView

EVENT = "analysis.completed"


@dataclass(frozen=True, slots=True)
class WebhookNotifier:
    """Post `{"type", "timestamp", "data"}` with the whole analysis as data, signed as Standard Webhooks prescribes."""

    name: ClassVar[str] = "the webhook"
    url: str
    secret: str
    sender: WebhookSender
    clock: Clock

    async def notify(self, view: AnalysisView) -> str | None:
        """Tell of an analysis under its own id; return why it was not taken, None if it was."""
        body = json.dumps({"type": EVENT, "timestamp": view.created_at, "data": view.model_dump(mode="json")})
        headers = sign([self.secret], view.id, body, self.clock.now())
        return (await self.sender.post(self.url, body, headers)).error


@dataclass(frozen=True, slots=True)
class SlackNotifier:
    """Post the message of an analysis to an incoming webhook; `build` returns its text and blocks."""

    name: ClassVar[str] = "Slack"
    url: str
    build: Callable[[AnalysisView], dict[str, object]]
    sender: WebhookSender

    async def notify(self, view: AnalysisView) -> str | None:
        """Tell of an analysis; return why it was not taken, None if it was."""
        return (await self.sender.post(self.url, json.dumps(self.build(view)), {})).error
