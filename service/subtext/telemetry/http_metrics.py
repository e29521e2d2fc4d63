"""HTTP metrics: requests, durations, requests in flight, and refusals by the code of their problem."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

UNMATCHED_ROUTE = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD = "OTHER"
# Seconds: from a page of the service itself to an article that a slow model reads.
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)

HTTP_REQUESTS = Counter(
    "subtext_http_requests", "Requests that ended, by route template.", ["route", "method", "status"]
)
HTTP_DURATION = Histogram(
    "subtext_http_request_duration_seconds",
    "Time from the head of a request to the end of its response.",
    ["route", "method"],
    buckets=DURATION_BUCKETS,
)
IN_FLIGHT = Gauge(
    "subtext_inflight_requests", "Requests that are being answered or wait for a place.", multiprocess_mode="livesum"
)
REFUSED = Counter("subtext_refused", "Requests that ended in a problem, by its code (docs/errors.md).", ["reason"])
PROCESS_RESTARTS = Counter(
    "subtext_process_restarts", "Processes of `subtext serve --workers` that replaced one that had died."
)
# A series that begins with its first event hides that event from `rate` and `increase`, and so from an alert.
for _code in ("internal", "overloaded", "rate_limited", "shutting_down"):
    REFUSED.labels(_code)


def record_request(route: str | None, method: str, status: int | None, seconds: float) -> None:
    """Record a request that ended, its method as `bounded_method` has it; `status` is None if no response began."""
    count, observe = _recorders(route or UNMATCHED_ROUTE, method, status)
    count()
    observe(seconds)


def bounded_method(method: str) -> str:
    """Return a method that HTTP defines as it is, and `OTHER` for one that a client made up."""
    return method if method in _METHODS else _OTHER_METHOD


# Bounded: routes are templates, and methods and statuses are few.
@lru_cache(maxsize=4_096)
def _recorders(route: str, method: str, status: int | None) -> tuple[Callable[[], None], Callable[[float], None]]:
    """Return what counts and what observes such a request: looking up labels costs more than counting."""
    count = HTTP_REQUESTS.labels(route, method, "none" if status is None else status)
    return count.inc, HTTP_DURATION.labels(route, method).observe


def record_refusal(code: str) -> None:
    """Count a request that ended in a problem of this code."""
    REFUSED.labels(code).inc()
