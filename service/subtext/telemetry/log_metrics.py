"""Log metrics: warnings and errors of the log by event, so that an alert can be made of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

LOG_EVENTS = Counter("subtext_log_events", "Warnings and errors of the log, by event.", ["level", "event"])
# Of what an alert is made: a series that begins with its first event hides that event from `increase`.
LOG_EVENTS.labels("warning", "limits_unreachable")
_COUNTED = frozenset({"warning", "error"})


def count_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Count an event if it is a warning or an error, and pass it on (structlog processor)."""
    level = event.get("level")
    if level in _COUNTED:
        LOG_EVENTS.labels(level, event["event"]).inc()
    return event
