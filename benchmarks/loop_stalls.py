"""What keeps the event loop from its other work under far more requests than a service can answer, in CPU time.

Run it: `.venv/bin/python -m benchmarks.loop_stalls`; `PATH/TO/OTHER/.venv/bin/python -m benchmarks.loop_stalls` in this
checkout measures another version. The service runs in this process, on asyncio's own loop, whose steps can be timed.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from asyncio import events
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

from benchmarks.articles import ARTICLE
from benchmarks.processes import configure_own_process, model_process

REQUESTS, EVERY_S, UPSTREAM_S, WARM = 4_000, 0.004, 0.5, 40
STEP_MIN_S = 0.005


@dataclass
class Steps:
    """The CPU seconds of the steps of the loop that took over 5 ms, and those of the garbage collector."""

    long: list[float] = field(default_factory=list)
    collections: list[float] = field(default_factory=list)
    _began: float = 0.0

    def watch(self) -> None:
        """Time each step from now on."""
        run = events.Handle._run  # noqa: SLF001 - no public hook sees every step

        def run_timed(handle: events.Handle) -> None:
            began = time.thread_time()
            run(handle)
            seconds = time.thread_time() - began
            if seconds >= STEP_MIN_S:
                self.long.append(seconds)

        setattr(events.Handle, "_run", run_timed)  # noqa: B010 - as above
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.thread_time()
        else:
            self.collections.append(time.thread_time() - self._began)


async def measure() -> tuple[Steps, Counter[int]]:
    """Send a request every 4 ms, whether the earlier ones are answered or not; returns the steps and the statuses."""
    from subtext.asgi import create_app  # noqa: PLC0415 - reads the environment that `main` configures

    app, steps = create_app(), Steps()
    body = {"text": ARTICLE, "cache": "no-store", "fallback": "never"}
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), timeout=60)

    async def ask() -> int:
        return (await client.post("http://127.0.0.1/v1/analyses", json=body)).status_code

    async with app.router.lifespan_context(app), client:
        await asyncio.gather(*(ask() for _ in range(WARM)))
        steps.watch()
        tasks = []
        for _ in range(REQUESTS):
            tasks.append(asyncio.create_task(ask()))
            await asyncio.sleep(EVERY_S)
        return steps, Counter(await asyncio.gather(*tasks))


def main() -> None:
    """Measure, and print what was long."""
    with tempfile.TemporaryDirectory() as folder, model_process(UPSTREAM_S) as port:
        configure_own_process(port, folder)
        steps, statuses = asyncio.run(measure())
    sys.stdout.write(
        f"requests by status: {dict(statuses)}\n"
        f"steps of over 5 ms: {len(steps.long)}, the longest {1e3 * max(steps.long, default=0):.0f} ms\n"
        f"garbage collections: {len(steps.collections)}, the longest {1e3 * max(steps.collections, default=0):.0f} ms, "
        f"together {1e3 * sum(steps.collections):.0f} ms\n"
    )


if __name__ == "__main__":
    main()
