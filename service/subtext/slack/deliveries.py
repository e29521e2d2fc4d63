"""What Slack delivers, as it is kept until its effect is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["event", "command", "interaction"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that happened in a workspace.

    `key` is the same for every copy of it, and for nothing else; `body` is what Slack sent, as parsed JSON.
    """

    key: str
    kind: Kind
    team: str
    body: dict[str, object]


class Inbox(Protocol):
    """Where deliveries wait: durable once `put` is back."""

    async def put(self, delivery: Delivery) -> bool:
        """Keep it; False where a delivery of this key was kept before."""
        ...
