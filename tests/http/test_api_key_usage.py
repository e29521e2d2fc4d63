"""The last use of keys, written for all at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from subtext.errors import StorageUnavailable
from subtext.http.api_key_usage import ApiKeyUsage
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass
class UsedKeys:
    """Uses in memory, one entry a write; they can be away."""

    writes: list[dict[str, datetime]] = field(default_factory=list)
    is_away: bool = False

    async def record_use(self, used_at: Mapping[str, datetime]) -> None:
        if self.is_away:
            raise StorageUnavailable("away")
        self.writes.append(dict(used_at))


async def test_many_uses_are_one_write_of_the_last_of_each() -> None:
    stored, clock = UsedKeys(), FakeClock()
    usage = ApiKeyUsage(stored, clock)
    for _ in range(3):
        usage.record("a")
        usage.record("b")
        await clock.sleep(1)
    usage.record("a")
    await usage.flush()
    await usage.flush()
    (write,) = stored.writes
    assert (write["a"] - write["b"]).total_seconds() == 1


async def test_what_could_not_be_written_is_written_later() -> None:
    stored, clock = UsedKeys(is_away=True), FakeClock()
    usage = ApiKeyUsage(stored, clock)
    usage.record("a")
    usage.record("b")
    await usage.flush()
    await clock.sleep(1)
    usage.record("a")
    stored.is_away = False
    await usage.flush()
    (write,) = stored.writes
    assert (write["a"] - write["b"]).total_seconds() == 1
