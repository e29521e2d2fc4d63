"""A real Prometheus that scrapes one target, and answers queries."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from tests.support.metrics import require_prometheus
from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_CONFIG = """\
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: subtext
    static_configs: [{{targets: ["{target}"]}}]
"""


@dataclass(frozen=True)
class Prometheus:
    """The server's address."""

    url: str

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression gives now."""
        return await self._ask("query", query=expression)

    async def query_range(self, expression: str, start: float, end: float, step_s: float) -> list[dict[str, Any]]:
        """Return the series that an expression gives from one moment to another (Unix time)."""
        return await self._ask("query_range", query=expression, start=start, end=end, step=step_s)

    async def _ask(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        async with httpx2.AsyncClient(timeout=GIVE_UP_S) as caller:
            answer = (await caller.get(f"{self.url}/api/v1/{path}", params=parameters)).json()
        assert answer["status"] == "success", answer
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


@contextlib.asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[Prometheus]:
    """Run Prometheus in a folder, scraping the target (host:port) every two seconds, until the context is left."""
    require_prometheus()
    (folder / "prometheus.yml").write_text(_CONFIG.format(target=target), encoding="utf-8")
    address = f"127.0.0.1:{find_unused_port()}"
    command = (
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={address}",
    )
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        await _wait_until_ready(f"http://{address}/-/ready")
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        await process.wait()


async def _wait_until_ready(url: str) -> None:
    async with asyncio.timeout(GIVE_UP_S), httpx2.AsyncClient() as caller:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if (await caller.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)
