"""What Slack delivers, as it is stored until its effect is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SlackDeliveryKind = Literal["event", "command", "interaction"]


@dataclass(frozen=True, slots=True)
class SlackDelivery:
    """One thing that happened in a workspace.

    `key` is the same for every copy of it, and for nothing else; `body` is what Slack sent, as parsed JSON;
    `tries` says how often its effect was tried before.
    """

    key: str
    kind: SlackDeliveryKind
    team: str
    body: dict[str, object]
    tries: int = 0
