"""Webhooks: what is told to whom, and how often it is tried (Standard Webhooks 1.0.0, standardwebhooks.com)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from subtext.domain.batch import BATCHES_PATH, BatchState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from subtext.domain.batch import ItemState
    from subtext.domain.caller import Owner

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
# Seconds before each further try: eight tries in a day, the last 23 h 36 min after the first.
RETRY_DELAYS_S: Final = (5, 300, 1_800, 7_200, 18_000, 28_800, 28_800)


class Event(StrEnum):
    """What can be told: every item has its analysis, or some have failed."""

    BATCH_COMPLETED = "batch.completed"
    BATCH_FAILED = "batch.failed"


EVENT_BY_STATE: Final[Mapping[BatchState, Event]] = {
    BatchState.DONE: Event.BATCH_COMPLETED,
    BatchState.PARTIAL: Event.BATCH_FAILED,
}


class DeliveryState(StrEnum):
    """Where a message to one webhook is; `dead` is one that is tried no more, unless somebody asks."""

    WAITING = "waiting"
    RUNNING = "running"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events; `disabled_at` says since when it wants none any more (it answered 410).

    For a while after a rotation `old_secret` signs as well, so that receivers can change theirs in peace.
    """

    id: str
    owner: Owner
    url: str
    events: frozenset[Event]
    secret: str
    created_at: datetime
    old_secret: str | None = None
    old_secret_expires_at: datetime | None = None
    disabled_at: datetime | None = None
    description: str | None = None

    def signing_secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at this moment, the present one first."""
        if self.old_secret is None or self.old_secret_expires_at is None or now >= self.old_secret_expires_at:
            return (self.secret,)
        return self.secret, self.old_secret


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook: the same `id` and the same bytes at every try, so that receivers know it again.

    `tries` counts all of them, those before a redelivery too.
    """

    id: str
    webhook_id: str
    event: Event
    body: str
    state: DeliveryState
    tries: int
    created_at: datetime
    next_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    # Those before the last redelivery, which began the schedule of retries anew.
    earlier_tries: int = 0

    def next_delay_s(self, asked_s: float | None) -> float | None:
        """Return the seconds until the next try, no fewer than the receiver asked for; None after the last try."""
        tries = self.tries - self.earlier_tries
        if tries > len(RETRY_DELAYS_S):
            return None
        return max(RETRY_DELAYS_S[tries - 1], min(asked_s or 0.0, max(RETRY_DELAYS_S)))


def new_secret() -> str:
    """Generate a secret: 256 random bits, written as Standard Webhooks prescribes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def build_payload(event: Event, batch_id: str, counts: Mapping[ItemState, int], moment: datetime) -> str:
    """Build a thin payload: which batch, how it ended, and where its results are; nothing of an article."""
    path = f"{BATCHES_PATH}/{batch_id}"
    data = {"id": batch_id, "counts": dict(counts), "url": path, "results": f"{path}/results"}
    return json.dumps({"type": event, "timestamp": moment.isoformat(), "data": data}, separators=(",", ":"))
