"""What tests of webhooks share: an address, a clock, batches that have ended, and what a receiver reads."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.domain.webhook import Event
from subtext.storage.batches import SqlBatchRepository
from tests.support.fakes import START, StillClock
from tests.support.owners import MINE

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

URL = "https://hooks.example.org/subtext"
BOTH = frozenset(Event)


def late() -> StillClock:
    """A clock that stands still, an hour after whatever the machine's own has stamped."""
    return StillClock((datetime.now(UTC) + timedelta(hours=1) - START).total_seconds())


async def ended(database: Database, owner: Owner = MINE, *, problem: str | None = None) -> str:
    """The id of a batch that has ended, with one item that is done or failed."""
    store = SqlBatchRepository(database)
    batch_id = await store.create(owner)
    await store.add_items(batch_id, [NewItem(0, "a", "{}", problem)])
    await store.transition(batch_id, BatchState.QUEUED)
    await store.claim(batch_id, 0, 20)
    await store.complete_item(batch_id, 0, ItemState.DONE, "{}")
    outcome = (await store.get(batch_id, owner)).outcome
    assert outcome is not None
    await asyncio.gather(*(store.transition(batch_id, outcome) for _ in range(3)))
    return batch_id


def headers_in(head: bytes) -> dict[str, str]:
    """The headers of a request as a server got it, by their names in lower case."""
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
    return {name.lower(): value for name, value in pairs}
