"""What `subtext serve` needs to start, and how much memory it takes: CPU until /healthz answers, MB then and at work.

python -m benchmarks.footprint
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from benchmarks.articles import ARTICLE
from benchmarks.processes import model_process, read_cpu_s, read_rss_mb
from tests.support.processes import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUESTS = 30
CONNECTIONS = 8
_ASK = json.dumps({"text": ARTICLE, "cache": "no-store", "fallback": "never"}).encode()
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Footprint:
    """CPU seconds until /healthz answers, and MB of memory then, after a few requests, and after some at a time."""

    title: str
    start_cpu_s: float
    idle_mb: float
    used_mb: float
    parallel_mb: float


async def measure(title: str, settings: Mapping[str, str]) -> Footprint:
    """Start the service as its command line does, and ask it for a few analyses."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), SUBTEXT_LOG_LEVEL="error", **settings)
        # Built before: the service goes on loading beside, which is not part of the figure.
        async with httpx2.AsyncClient(trust_env=False, timeout=120) as client:
            await service.start()
            (await client.get(f"{service.url}/healthz")).raise_for_status()
            start_cpu_s, idle_mb = read_cpu_s(service.pid), read_rss_mb(service.pid)
            await _send_requests(client, service.url)
            used_mb = read_rss_mb(service.pid)
            await asyncio.gather(*(_send_requests(client, service.url) for _ in range(CONNECTIONS)))
            parallel_mb = read_rss_mb(service.pid)
        await service.kill()
    return Footprint(title, start_cpu_s, idle_mb, used_mb, parallel_mb)


async def _send_requests(client: httpx2.AsyncClient, url: str) -> None:
    for _ in range(REQUESTS):
        (await client.post(f"{url}/v1/analyses", content=_ASK, headers=_JSON)).raise_for_status()


async def measure_all() -> list[Footprint]:
    """Measure a service with a language model, with the embedded encoder, and with word lists alone."""
    with model_process(0.0) as port:
        model = {"SUBTEXT_LLM_BASE_URL": f"http://127.0.0.1:{port}/v1", "SUBTEXT_LLM_MODEL": "m"}
        return [
            await measure("a language model", model),
            await measure("the embedded engine, with its encoder", {"SUBTEXT_LOCAL_SCORER": "encoder"}),
            await measure("the embedded engine, by word lists", {}),
        ]


def table(footprints: list[Footprint]) -> list[str]:
    """Return the figures as a table."""
    columns = (
        "`subtext serve` with",
        "CPU s until /healthz",
        "RSS MB then",
        f"after {REQUESTS} requests",
        f"after as many over each of {CONNECTIONS} connections",
    )
    rows = [
        f"| {one.title} | {one.start_cpu_s:.1f} | {one.idle_mb:.0f} | {one.used_mb:.0f} | {one.parallel_mb:.0f} |"
        for one in footprints
    ]
    return [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- |", *rows]


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(asyncio.run(measure_all())), ""]))
