"""Exposition of the metrics as text, for one process or for all that share a directory (multiprocess mode).

In multiprocess mode each process keeps its values in files of one directory, and the process that is scraped adds them
up. The supervisor of `subtext serve --workers` makes that directory and removes it; the variable that names it has to
be set before `prometheus_client` is imported.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, CollectorRegistry, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from subtext.telemetry import analysis_metrics, engine_metrics, http_metrics, job_metrics, log_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from subtext.telemetry.queue_statistics import QueueCollector

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
# Every metric is there from the first scrape on, those of parts that are switched off too.
DEFINITIONS = (analysis_metrics, engine_metrics, http_metrics, job_metrics, log_metrics)
# A second series for each counter, of which nothing here makes use.
disable_created_metrics()  # type: ignore[no-untyped-call]


class BuildInfoCollector(Collector):
    """Collect `subtext_build_info`: which version runs, and with which prompts."""

    def __init__(self, version: str, prompts: Iterable[str]) -> None:
        self._version, self._prompts = version, sorted(prompts)

    def collect(self) -> Iterator[Metric]:
        """Yield one series for each released prompt."""
        family = GaugeMetricFamily("subtext_build_info", "Version and prompts that run.", labels=["version", "prompt"])
        for prompt in self._prompts:
            family.add_metric([self._version, prompt], 1)
        yield family


class MetricsExposition:
    """Render what this process, or all of them together, have counted, and what waits in the database."""

    def __init__(self, build_info: BuildInfoCollector, queues: QueueCollector | None) -> None:
        self._own = CollectorRegistry(auto_describe=False)
        self._own.register(build_info)
        self._queues = queues
        if queues is not None:
            self._own.register(queues)

    async def render(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics and their media type, in the format that an Accept header prefers."""
        if self._queues is not None:
            await self._queues.refresh()
        encode, media_type = choose_encoder(accept)
        return encode(_Joined(_shared_registry(), self._own)), media_type


class _Joined(CollectorRegistry):
    """Collect from two registries as if they were one."""

    def __init__(self, first: CollectorRegistry, second: CollectorRegistry) -> None:
        super().__init__()
        self._parts = (first, second)

    def collect(self) -> Iterator[Metric]:
        for part in self._parts:
            yield from part.collect()


def _shared_registry() -> CollectorRegistry:
    if _DIRECTORY not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


@contextmanager
def metrics_directory() -> Iterator[None]:
    """Have the processes that are started in this context share their metrics, in a directory that ends with it."""
    with tempfile.TemporaryDirectory(prefix="subtext-metrics-") as directory:
        os.environ[_DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[_DIRECTORY]


def forget_process(pid: int) -> None:
    """Remove the gauges of a process that has died; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
