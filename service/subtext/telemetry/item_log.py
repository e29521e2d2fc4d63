"""Observe each item of a batch: its trace, its metrics, and the one line that is logged at its end."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.ids import new_request_id
from subtext.logs import get_logger
from subtext.telemetry.job_metrics import record_batch_item
from subtext.telemetry.request_record import start_record
from subtext.telemetry.trace_context import job_context

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = get_logger("subtext.batches")


@dataclass(slots=True)
class ObservedItem:
    """Hold the state in which an item ended; None if it was interrupted."""

    state: str | None = None


@contextmanager
def observe_item(batch_id: str, position: int) -> Iterator[ObservedItem]:
    """Observe one item for as long as the context lasts; it has a request id of its own."""
    started, record, item = time.perf_counter(), start_record(), ObservedItem()
    with job_context("batch item", new_request_id()):
        try:
            yield item
        finally:
            ms = round((time.perf_counter() - started) * 1_000, 1)
            record_batch_item(item.state or "interrupted")
            _log.info("item", batch=batch_id, item=position, state=item.state, ms=ms, **record.fields())
