"""Metrics of several processes of one service: added up, whichever is asked, and gone with the service."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.support.metrics import Scrape
from tests.support.patience import GIVE_UP_S
from tests.support.ports import find_unused_port
from tests.support.processes import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROCESSES = 2
REQUESTS = 40


async def scraped(service: Service, url: str, is_there: Callable[[Scrape], bool]) -> Scrape:
    """Scrape until the metrics are as expected."""
    async with asyncio.timeout(GIVE_UP_S), httpx2.AsyncClient(timeout=None) as scraper:
        while True:
            assert service.is_running, await service.remaining_lines()
            try:
                shown = Scrape((await scraper.get(url)).text)
            except httpx2.HTTPError:
                continue
            if is_there(shown):
                return shown
            await asyncio.sleep(0.05)


async def ask(url: str) -> None:
    """Ask on a connection of its own, so that any process may answer."""
    async with httpx2.AsyncClient(timeout=None) as caller:
        (await caller.get(f"{url}/v1/axes")).raise_for_status()


def count_metrics_folders(folder: Path) -> int:
    return sum(path.name.startswith("subtext-metrics-") for path in folder.iterdir())


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for temporary files with a short path: sockets of the supervisor are in it, whose paths are limited."""
    with tempfile.TemporaryDirectory(prefix="subtext-") as folder:
        yield Path(folder)


async def test_processes_are_added_up_and_a_dead_one_is_not_forgotten(tmp_path: Path, scratch: Path) -> None:
    address = f"127.0.0.1:{find_unused_port()}"
    service = Service(tmp_path, SUBTEXT_WORKERS=str(PROCESSES), SUBTEXT_METRICS_ADDRESS=address, TMPDIR=str(scratch))
    await service.start()
    metrics = f"http://{address}/metrics"
    count = "subtext_http_requests_total"
    try:
        await scraped(service, metrics, lambda shown: shown.value("subtext_extractor_processes_limit") == 2 * PROCESSES)
        await asyncio.gather(*(ask(service.url) for _ in range(REQUESTS)))
        await scraped(service, metrics, lambda shown: shown.value(count, route="/v1/axes") == REQUESTS)

        os.kill(_process_without_listener(service.pid), signal.SIGKILL)
        after = await scraped(service, metrics, lambda shown: shown.value("subtext_process_restarts_total") == 1)
        assert after.value(count, route="/v1/axes") == REQUESTS
        again = await scraped(
            service, metrics, lambda shown: shown.value("subtext_extractor_processes_limit") == 2 * PROCESSES
        )
        assert again.value("subtext_inflight_requests") == 0
        assert count_metrics_folders(scratch) == 1
    finally:
        service.terminate()
        lines = await service.remaining_lines()
        code = await service.ended()

    assert (code, count_metrics_folders(scratch)) == (0, 0)
    assert "Traceback" not in "".join(lines)


def _process_without_listener(supervisor: int) -> int:
    """Return the server that was started last; the first of the forkserver's children has the metrics' address."""
    parents = dict(_parents())
    return max(pid for pid, parent in parents.items() if parents.get(parent) == supervisor)


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process of this machine with its parent."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
