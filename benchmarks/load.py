"""What callers see while a batch of 5,000 is worked on, and while five times as much is asked as can be answered.

python -m benchmarks.load [submit | beside | overload]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from benchmarks.articles import ARTICLE
from benchmarks.processes import model_process
from tests.support.processes import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

OK, LINES, UPLOAD_MAX = 200, 50_000, 200_000_000
UPSTREAM_S, ITEMS, SECONDS, EVERY_S = 0.5, 5_000, 40, 0.1
CALLERS, OVERLOAD_S, TIMES, PATIENCE_S = 32, 60, 5, 30
_ASK = json.dumps({"text": ARTICLE, "cache": "no-store", "fallback": "never"}).encode()
_HEAD = "POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
_REQUEST = f"{_HEAD}Content-Length: {len(_ASK)}\r\n\r\n".encode() + _ASK


@dataclass
class Responses:
    """What callers saw: milliseconds by status (0: no answer at all)."""

    ms: dict[int, list[float]] = field(default_factory=dict)

    async def ask(self, port: int) -> None:
        """One request on a connection of its own."""
        began, status = time.perf_counter(), 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
                writer.write(_REQUEST)
                status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
                await reader.read()
                writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        self.ms.setdefault(status, []).append((time.perf_counter() - began) * 1_000)

    def told(self, status: int) -> str:
        """Count, median and 99th percentile of one status."""
        found = sorted(self.ms.get(status, [0.0]))
        p50, p99 = statistics.median(found), found[len(found) * 99 // 100]
        return f"{len(self.ms.get(status, []))} of {status}: p50 {p50:.0f} ms, p99 {p99:.0f} ms"


@asynccontextmanager
async def serve(model_port: int, **more: str) -> AsyncIterator[tuple[Service, int]]:
    """Run a service in front of the model."""
    with tempfile.TemporaryDirectory() as folder:
        model = {"SUBTEXT_LLM_BASE_URL": f"http://127.0.0.1:{model_port}/v1", "SUBTEXT_LLM_MODEL": "m"}
        service = Service(Path(folder), **model, SUBTEXT_LOG_LEVEL="error", **more)
        await service.start()
        yield service, int(service.url.rpartition(":")[2])
        await service.kill()


async def ask_steadily(port: int, seconds: float, every_s: float) -> Responses:
    """One request every so often, whether the earlier ones are answered or not."""
    seen, began = Responses(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds / every_s)):
            await asyncio.sleep(max(0.0, began + number * every_s - time.perf_counter()))
            group.create_task(seen.ask(port))
    return seen


async def measure_beside_batch() -> None:
    """Print what a batch adds for those who wait for an answer."""
    lines = b"".join(_lines(ITEMS))
    with model_process(UPSTREAM_S) as model:
        async with (
            serve(model, SUBTEXT_BATCHES_ENABLED="true") as (service, port),
            httpx2.AsyncClient(trust_env=False, timeout=120) as client,
        ):
            await ask_steadily(port, 3, EVERY_S)
            alone = await ask_steadily(port, SECONDS, EVERY_S)
            kind = {"Content-Type": "application/x-ndjson"}
            sent = await client.post(f"{service.url}/v1/batches", content=lines, headers=kind)
            sent.raise_for_status()
            both = await ask_steadily(port, SECONDS, EVERY_S)
            batch = (await client.get(f"{service.url}/v1/batches/{sent.json()['id']}")).json()
    sys.stdout.write(f"alone: {alone.told(OK)}\nbeside a batch of {ITEMS:,}: {both.told(OK)}\n")
    others = {status: len(ms) for status, ms in both.ms.items() if status != OK}
    sys.stdout.write(f"other answers: {others}; the batch meanwhile: {batch['rate']:.0f} items/s\n")


async def measure_submit() -> None:
    """Print how long an upload of 50,000 articles takes, and what it costs the service in memory."""

    async def stream_upload() -> AsyncIterator[bytes]:
        for line in _lines(LINES, shortened=True):
            yield line

    known = {"SUBTEXT_BATCHES_ENABLED": "true", "SUBTEXT_BATCHES_WORK": "false"}
    async with serve(1, **known) as (service, _), httpx2.AsyncClient(trust_env=False, timeout=120) as client:
        before, began = _peak_mb(service.pid), time.perf_counter()
        kind = {"Content-Type": "application/x-ndjson"}
        sent = await client.post(f"{service.url}/v1/batches", content=stream_upload(), headers=kind)
        seconds = time.perf_counter() - began
        total, growth = sent.json()["total"], _peak_mb(service.pid) - before
    sys.stdout.write(f"upload of {total:,} lines: {seconds:.1f} s, memory +{growth:.0f} MB\n")


def _lines(count: int, *, shortened: bool = False) -> Iterator[bytes]:
    article = ARTICLE[: UPLOAD_MAX // LINES - 100] if shortened else ARTICLE
    for number in range(count):
        yield json.dumps({"custom_id": f"i{number}", "text": f"{number}. {article}"}).encode() + b"\n"


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True)
class Overload:
    """Capacity (answers/s), what was answered and refused at five times as much, and the seconds until all is well."""

    capacity: float
    goodput: float
    seen: Responses
    recovery_s: float

    def lines(self) -> Iterator[str]:
        """Yield the figures as lines for people."""
        share = f"{self.goodput / self.capacity:.0%}"
        yield f"capacity {self.capacity:.0f}/s; at {TIMES} times that {self.goodput:.0f}/s answered ({share})"
        yield from (self.seen.told(status) for status in sorted(self.seen.ms))
        yield f"well again after {self.recovery_s:.1f} s"


async def overload(seconds: float = OVERLOAD_S) -> Overload:
    """Measure what is answered and refused at five times the capacity, and how soon all is well again."""
    with model_process(UPSTREAM_S) as model:
        async with serve(model) as (_, port):
            capacity = await _capacity(port)
            seen = await ask_steadily(port, seconds, 1 / (TIMES * capacity))
            began = time.perf_counter()
            while (await ask_steadily(port, 0.5, 0.1)).ms.keys() != {OK} and time.perf_counter() - began < PATIENCE_S:
                pass
            recovery_s = time.perf_counter() - began
    return Overload(capacity, len(seen.ms.get(OK, [])) / seconds, seen, recovery_s)


async def measure_overload() -> None:
    """Print what is answered and what is refused at five times the capacity, and how soon all is well again."""
    sys.stdout.write("\n".join([*(await overload()).lines(), ""]))


async def _capacity(port: int) -> float:
    async def caller(seen: Responses, until: float) -> None:
        while time.perf_counter() < until:
            await seen.ask(port)

    rates = []
    for seconds in (3, 15):
        seen, began = Responses(), time.perf_counter()
        await asyncio.gather(*(caller(seen, began + seconds) for _ in range(CALLERS)))
        rates.append(len(seen.ms.get(OK, [])) / (time.perf_counter() - began))
    return rates[-1]


if __name__ == "__main__":
    for name in sys.argv[1:] or ["submit", "beside", "overload"]:
        asyncio.run({"submit": measure_submit, "beside": measure_beside_batch, "overload": measure_overload}[name]())
