from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from subtext.errors import StorageUnavailable
from subtext.telemetry.queue_statistics import QueueCollector, QueueStatistics
from tests.support.fakes import START, FakeClock
from tests.support.metrics import Scrape

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Reader:
    """Reader whose database may be away, or never answer."""

    items: Mapping[str, int] = field(default_factory=lambda: {"waiting": 3, "running": 2})
    reads: int = 0
    is_away: bool = False
    hangs: bool = False
    is_wrong: bool = False

    async def read(self) -> QueueStatistics:
        self.reads += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise StorageUnavailable("away")
        if self.is_wrong:
            raise ValueError("a row")
        if self.hangs:
            await asyncio.Event().wait()
        return QueueStatistics(self.items, START - timedelta(seconds=60), {"webhooks": 7})


def collected(collector: QueueCollector) -> Scrape:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return Scrape(generate_latest(registry).decode())


async def test_scrapes_that_come_together_or_soon_read_once() -> None:
    reader, clock = Reader(), FakeClock()
    collector = QueueCollector(reader, clock)

    await asyncio.gather(*(collector.refresh() for _ in range(5)))
    await clock.sleep(9.9)
    await collector.refresh()
    soon = reader.reads
    await clock.sleep(0.2)
    await collector.refresh()

    assert (soon, reader.reads) == (1, 2)


async def test_what_waits_is_shown_with_its_age_now() -> None:
    clock = FakeClock()
    collector = QueueCollector(Reader(), clock)
    await collector.refresh()
    await clock.sleep(5.0)

    shown = collected(collector)

    assert shown.value("subtext_batch_items", state="waiting") == 3
    assert shown.value("subtext_batch_oldest_age_seconds") == 65.0
    assert shown.value("subtext_queue_depth", queue="webhooks") == 7
    assert shown.value("subtext_database_up") == 1


@pytest.mark.parametrize("trouble", ["is_away", "hangs", "is_wrong"])
async def test_a_database_that_does_not_answer_shows_no_old_figures(trouble: str) -> None:
    reader, clock = Reader(), FakeClock()
    collector = QueueCollector(reader, clock, deadline_s=0.01)
    await collector.refresh()
    setattr(reader, trouble, True)
    await clock.sleep(11.0)
    await collector.refresh()

    shown = collected(collector)

    assert shown.value("subtext_database_up") == 0
    assert "subtext_batch_items" not in shown.text
