"""Engine metrics: attempts at a model's server, their time, tokens and cost, retries, circuit breaker and fallback."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from prometheus_client import Counter, Gauge, Histogram

from subtext.telemetry.http_metrics import DURATION_BUCKETS
from subtext.telemetry.request_record import current_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.analysis import Attempt, Usage
    from subtext.telemetry.chat_span import ChatServer

BreakerState = Literal["closed", "open", "half_open"]
_BREAKER_VALUES: dict[BreakerState, int] = {"closed": 0, "half_open": 1, "open": 2}

UPSTREAM_REQUESTS = Counter(
    "subtext_upstream_requests",
    "Attempts at a model's server that ended, by outcome.",
    ["provider", "model", "outcome"],
)
UPSTREAM_DURATION = Histogram(
    "subtext_upstream_duration_seconds",
    "Time of one attempt at a model's server.",
    ["provider"],
    buckets=DURATION_BUCKETS,
)
UPSTREAM_RETRIES = Counter(
    "subtext_upstream_retries", "Attempts that repeat a failed one, by the outcome of that.", ["provider", "reason"]
)
UPSTREAM_TOKENS = Counter(
    "subtext_upstream_tokens", "Tokens by the count of the model's server.", ["provider", "direction"]
)
UPSTREAM_COST = Counter(
    "subtext_upstream_cost", "Cost of these tokens at the configured prices.", ["provider", "currency"]
)
BREAKER_STATE = Gauge(
    "subtext_breaker_state",
    "Circuit breaker of a model's server: 0 closed, 1 half open, 2 open.",
    ["provider"],
    multiprocess_mode="livemax",
)
FALLBACKS = Counter(
    "subtext_fallback", "Readings by another engine than the preferred one, by what failed.", ["engine", "reason"]
)
# Of what an alert is made: a series that begins with its first event hides that event from `increase`.
for _reason in ("engine_misconfigured", "engine_quota_exhausted"):
    FALLBACKS.labels("local", _reason)


def record_attempts(server: ChatServer, attempts: Sequence[Attempt]) -> None:
    """Record the attempts of one reading, in their order."""
    provider, model = server.provider, server.model
    for attempt in attempts:
        UPSTREAM_REQUESTS.labels(provider, model, attempt.outcome).inc()
        UPSTREAM_DURATION.labels(provider).observe(attempt.ms / 1_000)
    for failed, _ in pairwise(attempts):
        UPSTREAM_RETRIES.labels(provider, failed.outcome).inc()
    if (record := current_record()) is not None:
        record.upstream_ms = (record.upstream_ms or 0) + sum(attempt.ms for attempt in attempts)


def record_usage(provider: str, usage: Usage) -> None:
    """Record what the attempts of one reading cost; a server that counts no tokens costs nothing that is known."""
    UPSTREAM_TOKENS.labels(provider, "input").inc(usage.input_tokens or 0)
    UPSTREAM_TOKENS.labels(provider, "output").inc(usage.output_tokens or 0)
    if usage.cost is not None and usage.currency is not None:
        UPSTREAM_COST.labels(provider, usage.currency).inc(usage.cost)
    if (record := current_record()) is not None:
        record.add_usage(usage.total_tokens, usage.cost)


def set_breaker_state(provider: str, state: BreakerState) -> None:
    """Show the state that a circuit breaker has now."""
    BREAKER_STATE.labels(provider).set(_BREAKER_VALUES[state])


def record_fallback(engine: str, reason: str) -> None:
    """Count a reading by an engine that stood in for the preferred one, which failed with this code."""
    FALLBACKS.labels(engine, reason).inc()
