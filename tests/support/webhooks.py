"""Webhooks under test: an address, a clock, batches that have ended, and the headers of a request."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook as Signer

from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.domain.webhook import Event, build_payload, new_secret
from subtext.storage.batches import SqlBatchRepository
from tests.support.fakes import START, FakeClock
from tests.support.owners import MINE

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

URL = "https://hooks.example.org/subtext"
BOTH = frozenset(Event)


def late_clock() -> FakeClock:
    """Return a clock that stands still, an hour after whatever the machine's own has stamped."""
    return FakeClock((datetime.now(UTC) + timedelta(hours=1) - START).total_seconds())


async def create_ended_batch(database: Database, owner: Owner = MINE, *, problem: str | None = None) -> str:
    """Create a batch that has ended, with one item that is done or failed; return its id."""
    store = SqlBatchRepository(database, SystemClock())
    batch_id = await store.create(owner)
    await store.add_items(batch_id, [NewItem(0, "a", "{}", problem)])
    await store.transition(batch_id, BatchState.QUEUED)
    await store.claim(batch_id, 0, 20)
    await store.complete_item(batch_id, 0, ItemState.DONE, "{}")
    outcome = (await store.get(batch_id, owner)).outcome
    assert outcome is not None
    await asyncio.gather(*(store.transition(batch_id, outcome) for _ in range(3)))
    return batch_id


def parse_headers(head: bytes) -> dict[str, str]:
    """Return the headers of a request as a server got it, by their names in lower case."""
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
    return {name.lower(): value for name, value in pairs}


def sign_delivery() -> str:
    """Return a message that is signed as the service signs, with its headers and its secret, as JSON for any client."""
    now, secret = datetime.now(UTC), new_secret()
    body = build_payload(Event.BATCH_COMPLETED, "bat_1", {ItemState.DONE: 1}, now)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": Signer(secret).sign("msg_1", now, body),
    }
    return json.dumps({"body": body, "headers": headers, "secret": secret})
