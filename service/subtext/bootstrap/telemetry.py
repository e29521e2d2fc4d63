"""Set up what is seen from outside: logs, metrics and traces of this process."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from subtext.bootstrap.runtime import VERSION
from subtext.logs import configure_logs
from subtext.telemetry.exporter import EXPORT_VARIABLES, start_trace_export
from subtext.telemetry.exposition import BuildInfoCollector, MetricsExposition
from subtext.telemetry.log_metrics import count_event
from subtext.telemetry.queue_statistics import QueueCollector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.bootstrap.runtime import Storage
    from subtext.services.analyses import AnalysisService
    from subtext.settings import LogSettings, Settings

# Longest wait for the collector to take the last spans (s).
_FLUSH_S = 5.0


def configure_process_logs(log: LogSettings) -> None:
    """Configure the logs of this process; warnings and errors are counted too."""
    configure_logs(log.level, log.format, [count_event])


def build_exposition(analyses: AnalysisService, storage: Storage | None) -> MetricsExposition:
    """Build the exposition of this process's metrics, with the gauges of the database if there is one."""
    prompts = [f"{prompt.id}@{prompt.version}" for prompt in analyses.prompts.prompts()]
    return MetricsExposition(BuildInfoCollector(VERSION, prompts), _queue_collector(analyses, storage))


@asynccontextmanager
async def serve_metrics(settings: Settings, exposition: MetricsExposition) -> AsyncIterator[None]:
    """Serve the metrics on the address of their own, if one is set; raises `SettingsInvalid`."""
    if (address := settings.metrics.socket_address) is None:
        yield
        return
    # A late import: most services have no such address, and its HTTP server is large.
    from subtext.telemetry.listener import listen  # noqa: PLC0415

    async with listen(*address, exposition):
        yield


@asynccontextmanager
async def export_traces() -> AsyncIterator[None]:
    """Export the traces of this process if OpenTelemetry's variables name an endpoint; raises `SettingsInvalid`."""
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_disabled or not any(map(os.environ.get, EXPORT_VARIABLES)):
        yield
        return
    provider = start_trace_export(VERSION)
    try:
        yield
    finally:
        # A collector that does not answer must not hold up the end of the process.
        flush = threading.Thread(target=provider.shutdown, daemon=True)
        flush.start()
        await asyncio.to_thread(flush.join, _FLUSH_S)


def _queue_collector(analyses: AnalysisService, storage: Storage | None) -> QueueCollector | None:
    if storage is None:
        return None
    # A late import, as that of the storage itself.
    from subtext.storage.queue_statistics import SqlQueueStatistics  # noqa: PLC0415

    return QueueCollector(SqlQueueStatistics(storage.database), analyses.clock)
