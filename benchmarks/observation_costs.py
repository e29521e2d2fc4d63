"""Measure what the observation of a request costs: its trace context, its metrics, and its line of the log.

python -m benchmarks.observation_costs

CPU time of one thread, the least of several runs, so other work on the machine matters little.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtext.http.middleware.request_log import ObservedResponse, observe_request
from subtext.logs import configure_logs
from subtext.telemetry.analysis_metrics import record_analysis
from subtext.telemetry.log_metrics import count_event
from tests.support.analyses import build_analysis

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS, RUNS = 5_000, 6
HEADERS = [(b"host", b"x"), (b"content-type", b"application/json"), (b"accept", b"*/*")]
TRACED = [*HEADERS, (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]


class _Route:
    path = "/analyses"


def observe(headers: list[tuple[bytes, bytes]]) -> None:
    """Observe a request that does nothing."""
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/v1/analyses", "headers": headers}
    with observe_request({**scope, "route": _Route, "client": ("192.0.2.1", 5)}, "req-1", ObservedResponse(200)):
        pass


def measure(call: Callable[[], None]) -> float:
    """Return the CPU time of one call (µs)."""
    runs = []
    for _ in range(RUNS):
        started = time.process_time()
        for _ in range(CALLS):
            call()
        runs.append((time.process_time() - started) / CALLS * 1e6)
    return min(runs)


def main() -> None:
    """Print a row for each case."""
    made = build_analysis()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        for level in ("info", "error"):
            configure_logs(level, "json", [count_event])
            line = "with its line" if level == "info" else "without a line"
            sys.stdout.write(f"a request, {line}: {measure(lambda: observe(HEADERS)):.0f} µs\n")
            sys.stdout.write(f"a request that continues a trace, {line}: {measure(lambda: observe(TRACED)):.0f} µs\n")
        sys.stdout.write(f"what its analysis adds: {measure(lambda: record_analysis(made, 'miss')):.0f} µs\n")


if __name__ == "__main__":
    main()
