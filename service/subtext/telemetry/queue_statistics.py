"""Gauges of work that waits in the database: read at a scrape, at most once in a while, and never by a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from subtext.errors import StorageUnavailable
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from prometheus_client import Metric

    from subtext.clock import Clock

_CACHED_S = 10.0
# Within the ten seconds that Prometheus waits for a scrape.
_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """Count what waits: items of unfinished batches by state, the start of the oldest such batch, rows due by queue."""

    items: Mapping[str, int]
    oldest_at: datetime | None
    depths: Mapping[str, int]


class QueueStatisticsReader(Protocol):
    """Read the statistics of the queues; raises `StorageUnavailable`."""

    async def read(self) -> QueueStatistics:
        """Return how much work waits now."""


class QueueCollector(Collector):
    """Collect the gauges of the queues from what was read last; `refresh` reads again once that is old.

    A database that does not answer in time gives `subtext_database_up 0` and no other gauge, so that nobody takes old
    figures for new ones.
    """

    def __init__(self, reader: QueueStatisticsReader, clock: Clock, *, deadline_s: float = _DEADLINE_S) -> None:
        self._reader, self._clock, self._deadline_s = reader, clock, deadline_s
        self._statistics: QueueStatistics | None = None
        self._fresh_until = clock.monotonic()
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Read the statistics, unless they are fresh; concurrent scrapes read once."""
        async with self._lock:
            if self._clock.monotonic() < self._fresh_until:
                return
            try:
                async with asyncio.timeout(self._deadline_s):
                    self._statistics = await self._reader.read()
            except (StorageUnavailable, TimeoutError):
                self._statistics = None
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not cost the other metrics
                log_failure("queue_statistics_failed", error)
                self._statistics = None
            self._fresh_until = self._clock.monotonic() + _CACHED_S

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        statistics = self._statistics
        yield GaugeMetricFamily(
            "subtext_database_up",
            "Whether the database answered and could be written when it was last asked.",
            float(statistics is not None),
        )
        if statistics is not None:
            yield _labelled(
                "subtext_batch_items", "Items of batches that have not ended, by state.", "state", statistics.items
            )
            yield _labelled("subtext_queue_depth", "Work that waits in the database.", "queue", statistics.depths)
            yield GaugeMetricFamily(
                "subtext_batch_oldest_age_seconds", "Age of the oldest batch that has not ended.", self._age(statistics)
            )

    def _age(self, statistics: QueueStatistics) -> float:
        if statistics.oldest_at is None:
            return 0.0
        return max(0.0, (self._clock.now() - statistics.oldest_at).total_seconds())


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
