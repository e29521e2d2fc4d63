"""What Slack delivers, as it is kept until its effect is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import timedelta

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


class Deliveries(Protocol):
    """Deliveries in a database, each worked on by one worker at a time. Raises `StoreUnavailable`."""

    async def put(self, key: str, kind: str, team: str, body: dict[str, object]) -> bool:
        """Keep one; False where one of this key was kept before."""
        ...

    async def take(self, lease: timedelta) -> tuple[str, str, str, dict[str, object], int] | None:
        """The one that waits longest (key, kind, team, body, tries before), ours for as long as the lease."""
        ...

    async def hold(self, key: str, lease: timedelta) -> None:
        """Keep one that is being worked on for longer."""
        ...

    async def done(self, key: str) -> None:
        """Its effect is there."""
        ...

    async def again(self, key: str, wait: timedelta) -> None:
        """Let it be tried again after a while."""
        ...

    async def failed(self, key: str) -> None:
        """Its effect will not be there."""
        ...

    async def step(self, key: str, name: str) -> str | None:
        """What a step of it gave, where it was done before."""
        ...

    async def keep_step(self, key: str, name: str, result: str) -> None:
        """Remember what a step of it gave."""
        ...

    async def forget_old(self) -> None:
        """Forget what was settled long ago."""
        ...
