"""Metrics of work beside requests: items of batches, webhook and Slack deliveries, extraction and fetching of pages."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from prometheus_client import Counter, Gauge, Histogram

from subtext.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Iterator

DeliveryOutcome = Literal["delivered", "retried", "dead"]

BATCH_ITEMS_ENDED = Counter("subtext_batch_items_ended", "Items of batches that this process ended.", ["state"])
WEBHOOK_DELIVERIES = Counter(
    "subtext_webhook_deliveries", "Attempts to deliver a webhook message, by outcome.", ["outcome"]
)
SLACK_DELIVERIES = Counter(
    "subtext_slack_deliveries", "Deliveries from Slack that were processed, by type and outcome.", ["type", "outcome"]
)
EXTRACTIONS = Counter("subtext_extractor_pages", "Pages given to the extractor, by outcome.", ["outcome"])
EXTRACTION_DURATION = Histogram(
    "subtext_extractor_duration_seconds",
    "Time of one extraction, with the wait for a free process.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
EXTRACTOR_LIMIT = Gauge(
    "subtext_extractor_processes_limit", "Extractor processes that may run.", multiprocess_mode="livesum"
)
EXTRACTOR_PROCESSES = Gauge(
    "subtext_extractor_processes", "Extractor processes that are alive.", multiprocess_mode="livesum"
)
EXTRACTIONS_IN_FLIGHT = Gauge(
    "subtext_extractor_inflight_pages", "Pages in extraction, or waiting for it.", multiprocess_mode="livesum"
)
FETCHES = Counter("subtext_fetch", "Pages fetched by URL, by outcome.", ["outcome"])
# A series that begins with its first event hides that event from `rate` and `increase`.
for _counter, _outcomes in (
    (BATCH_ITEMS_ENDED, ("done", "failed")),
    (WEBHOOK_DELIVERIES, ("delivered", "retried", "dead")),
    (EXTRACTIONS, ("ok", "failed", "extraction_failed", "extractor_unavailable")),
    (FETCHES, ("ok", "failed")),
):
    for _outcome in _outcomes:
        _counter.labels(_outcome)
for _type in ("event", "command", "interaction"):
    for _outcome in ("done", "retried", "failed"):
        SLACK_DELIVERIES.labels(_type, _outcome)


def record_batch_item(state: str) -> None:
    """Count an item of a batch that ended in this state."""
    BATCH_ITEMS_ENDED.labels(state).inc()


def record_webhook_delivery(outcome: DeliveryOutcome) -> None:
    """Count an attempt to deliver a webhook message."""
    WEBHOOK_DELIVERIES.labels(outcome).inc()


def record_slack_delivery(kind: str, outcome: Literal["done", "retried", "failed"]) -> None:
    """Count an attempt to process what Slack delivered."""
    SLACK_DELIVERIES.labels(kind, outcome).inc()


@contextmanager
def observe_extraction() -> Iterator[None]:
    """Record one extraction, from the wait for a process to its end."""
    started = time.perf_counter()
    EXTRACTIONS_IN_FLIGHT.inc()
    try:
        with _count_outcome(EXTRACTIONS):
            yield
    finally:
        EXTRACTIONS_IN_FLIGHT.dec()
        EXTRACTION_DURATION.observe(time.perf_counter() - started)


@contextmanager
def observe_fetch() -> Iterator[None]:
    """Record the fetching of one page."""
    with _count_outcome(FETCHES):
        yield


@contextmanager
def _count_outcome(counter: Counter) -> Iterator[None]:
    """Count how the context ends: `ok`, the code of the error of ours, or `failed` (cancelled ones too)."""
    outcome = "failed"
    try:
        yield
        outcome = "ok"
    except SubtextError as error:
        outcome = error.code
        raise
    finally:
        counter.labels(outcome).inc()
