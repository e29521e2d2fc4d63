"""Soak the whole service: an hour's kinds of work in ten minutes, while 30 % of the model's answers are faults.

make soak    (SUBTEXT_SOAK_MINUTES=10, SUBTEXT_SOAK_RATE=20 requests a second, SUBTEXT_SOAK_REPORT=soak.json)

Answers are counted by status; memory, descriptors, threads and asyncio tasks are read every few seconds. The report is
a table and a JSON file; the exit code is 1 if fewer than 99.9 % were answered or something grows. Linux only (/proc).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from benchmarks.processes import (
    ROOT,
    await_port,
    find_free_port,
    read_children,
    read_cpu_s,
    read_descriptors,
    read_rss_mb,
    read_threads,
)
from subtext.storage.background import background_task
from tests.support.article_pages import article_page
from tests.support.engine_faults import GOOD, ROWS
from tests.support.engines import TEXT
from tests.support.servers.fault_server import fault_server, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.support.servers.fault_server import Fault

MINUTES = float(os.environ.get("SUBTEXT_SOAK_MINUTES", "10"))
RATE = float(os.environ.get("SUBTEXT_SOAK_RATE", "20"))
REPORT = Path(os.environ.get("SUBTEXT_SOAK_REPORT", "soak.json"))
FAULTS, ANSWERED_MIN = 0.3, 0.999
# A fault that an operator has to mend opens the circuit breaker for a minute: one in so many, or nothing else is seen.
_OPERATORS, _OPERATORS_EVERY = ("engine_misconfigured", "engine_quota_exhausted", "engine_rate_limited"), 200
_SAMPLE_S, _GIVE_UP_S = 2.0, 120.0
_CALLERS_MAX = 32
# The first part of the run warms up: caches fill, libraries load, and memory grows with the most that is in flight.
_WARM_PART = 0.6
# Kinds of requests and their shares; the first two are analyses of a text by their `cache`.
_KINDS = {"no-store": 55, "default": 15, "page": 15, "keyed": 5, "stream": 5, "listing": 5}
# What a series may grow by over the rest of the run.
_GROWTH_MAX = {"rss_mb": 8.0, "extractor_mb": 25.0, "descriptors": 8.0, "threads": 4.0, "tasks": 12.0}


class RandomFaults:
    """Fault of the model's server: a random one for 30 % of its requests, else a good answer after a while."""

    def __init__(self, chance: random.Random) -> None:
        rows = [row for row in ROWS if row.server == "there"]
        self._passing = [row.fault for row in rows if not row.strict.endswith(_OPERATORS)]
        self._lasting = [row.fault for row in rows if row.strict.endswith(_OPERATORS)]
        self._chance, self.counts = chance, Counter[str]()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Meet one request."""
        await self._choose()(reader, writer)

    def _choose(self) -> Fault:
        is_fault = self._chance.random() < FAULTS
        self.counts["faults" if is_fault else "good answers"] += 1
        if not is_fault:
            return _answer_late
        faults = self._lasting if self._chance.randrange(_OPERATORS_EVERY) == 0 else self._passing
        return self._chance.choice(faults)


async def _answer_late(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.2)
    writer.write(reply(GOOD))
    await writer.drain()


@dataclass
class Callers:
    """Callers of every kind, and what they saw."""

    client: httpx2.AsyncClient
    chance: random.Random
    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    degraded: int = 0
    ms: list[float] = field(default_factory=list)

    async def call(self, number: int) -> None:
        """Make one request of a random kind."""
        began = time.perf_counter()
        try:
            response = await self._ask(number)
        except httpx2.HTTPError as error:
            self.failures[type(error).__name__] += 1
            return
        self.ms.append(1_000 * (time.perf_counter() - began))
        self.statuses[str(response.status_code)] += 1
        if response.is_error:
            self.failures[f"{response.status_code} {response.text[:80]}"] += 1
        self.degraded += b'"degraded"' in response.content

    async def _ask(self, number: int) -> httpx2.Response:
        text = f"{TEXT}\n\nIt was the {number % 400}th time that anybody counted."
        match self.chance.choices(list(_KINDS), list(_KINDS.values()))[0]:
            case "listing":
                return await self.client.get("/v1/analyses", params={"limit": 20})
            case "keyed":
                key = {"Idempotency-Key": f"k-{number}"}
                return await self.client.post("/v1/summaries", json={"text": text}, headers=key)
            case "page":
                return await self.client.post("/v1/analyses", json={"html": article_page(f"<p>{text}</p>" * 20)})
            case "stream":
                accept = {"Accept": "text/event-stream"}
                return await self.client.post("/v1/analyses", json={"text": text}, headers=accept)
            case cache:
                return await self.client.post("/v1/analyses", json={"text": text, "cache": cache})


@dataclass
class Samples:
    """Figures of the service's process and its extraction processes, by second."""

    pid: int
    folder: Path
    rows: list[dict[str, float]] = field(default_factory=list)

    async def read_forever(self) -> None:
        """Read a row every few seconds."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(_SAMPLE_S)
            self.rows.append({"s": round(time.monotonic() - began, 1), **self._read()})

    def _read(self) -> dict[str, float]:
        return {
            "rss_mb": read_rss_mb(self.pid),
            "extractor_mb": max((read_rss_mb(child) for child in read_children(self.pid)), default=0.0),
            "descriptors": read_descriptors(self.pid),
            "threads": read_threads(self.pid),
            "tasks": float((self.folder / "tasks").read_text(encoding="ascii")),
        }


@dataclass(frozen=True)
class Series:
    """How one figure ran: where it began and settled, when, and how much it grew after the warm-up."""

    name: str
    first: float
    settled: float
    settled_after_s: float
    growth: float
    growth_max: float

    @property
    def is_flat(self) -> bool:
        """Return whether it grew by no more than it may."""
        return self.growth <= self.growth_max

    @classmethod
    def of(cls, name: str, rows: Sequence[dict[str, float]]) -> Series:
        """Fit a line to the rows after the warm-up; the level is their median."""
        warm = rows[int(len(rows) * _WARM_PART) :]
        level = statistics.median(row[name] for row in warm)
        fit = statistics.linear_regression([row["s"] for row in warm], [row[name] for row in warm])
        after = next((row["s"] for row in rows if row[name] >= 0.95 * level), 0.0)
        growth = fit.slope * (warm[-1]["s"] - warm[0]["s"])
        return cls(name, rows[0][name], level, after, round(growth, 2), _GROWTH_MAX[name])


@asynccontextmanager
async def sampled_service(model_url: str, folder: Path) -> AsyncIterator[tuple[int, str]]:
    """Run the service in front of a model; yields its process id and address."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    settings = {
        "SUBTEXT_LLM_BASE_URL": model_url,
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_LLM_ATTEMPT_TIMEOUT_S": "2",
        "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder / 'soak.db'}",
        "SUBTEXT_CACHE_MAX_ENTRIES": "200",
        "SUBTEXT_EXTRACT_WORKERS": "1",
        "SUBTEXT_EXTRACT_DEADLINE_S": "20",
        "SUBTEXT_LOG_LEVEL": "error",
    }
    port = find_free_port()
    command = ["-m", "benchmarks.sampled_service", str(port), str(folder)]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=known | settings)
    try:
        await asyncio.to_thread(await_port, port)
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def soak() -> dict[str, Any]:
    """Run the soak, and return the report."""
    chance = random.Random(16)  # noqa: S311 - repeats the same run, keeps no secret
    faults = RandomFaults(chance)
    with tempfile.TemporaryDirectory() as name:
        async with fault_server(faults) as model, sampled_service(model.url, Path(name)) as (pid, url):
            samples = Samples(pid, Path(name))
            async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=_GIVE_UP_S) as client:
                # It listens before it has started, and so answers this when it has.
                (await client.get("/readyz")).raise_for_status()
                callers, cpu_s = Callers(client, chance), read_cpu_s(pid)
                async with background_task(samples.read_forever()):
                    await _call_steadily(callers, model.requests)
            cpu_s = read_cpu_s(pid) - cpu_s
    return _report(callers, samples, faults, cpu_s)


async def _call_steadily(callers: Callers, seen: list[tuple[bytes, bytes]]) -> None:
    """Call at the given rate, or as fast as a slow machine lets so many callers be answered."""
    began, number, free = time.monotonic(), 0, asyncio.Semaphore(_CALLERS_MAX)

    async def call(number: int) -> None:
        async with free:
            await callers.call(number)

    async with asyncio.TaskGroup() as group:
        while time.monotonic() < began + 60 * MINUTES:
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            async with free:
                group.create_task(call(number))
            number += 1
            # The fault server keeps what it is asked, which is of no use here.
            seen.clear()


def _report(callers: Callers, samples: Samples, faults: RandomFaults, cpu_s: float) -> dict[str, Any]:
    total = sum(callers.statuses.values()) + sum(
        count for name, count in callers.failures.items() if not name[0].isdigit()
    )
    answered = sum(count for status, count in callers.statuses.items() if int(status) < 400)  # noqa: PLR2004 - no error
    series = [Series.of(name, samples.rows) for name in _GROWTH_MAX]
    percentiles = statistics.quantiles(callers.ms, n=100)
    return {
        "minutes": MINUTES,
        "requests": total,
        "answered": answered / total,
        "degraded": callers.degraded / total,
        "statuses": dict(callers.statuses),
        "failures": dict(callers.failures),
        "model": dict(faults.counts),
        "p50_ms": round(percentiles[49]),
        "p99_ms": round(percentiles[98]),
        "cpu_ms_a_request": round(1_000 * cpu_s / total, 1),
        "series": [{**asdict(one), "is_flat": one.is_flat} for one in series],
        "is_passed": answered / total >= ANSWERED_MIN and all(one.is_flat for one in series),
        "samples": samples.rows,
    }


def print_report(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    for name in ("minutes", "requests", "model", "statuses", "p50_ms", "p99_ms", "cpu_ms_a_request", "failures"):
        sys.stdout.write(f"{name:<18} {report[name]}\n")
    sys.stdout.write(f"{'answered':<18} {report['answered']:.3%} ({report['degraded']:.0%} by the embedded engine)\n\n")
    sys.stdout.write(f"{'':<14}{'first':>8}{'settled':>9}{'after s':>9}{'growth':>8}{'may':>6}\n")
    for one in report["series"]:
        numbers = f"{one['first']:>8.0f}{one['settled']:>9.0f}{one['settled_after_s']:>9.0f}{one['growth']:>8.1f}"
        sys.stdout.write(f"{one['name']:<14}{numbers}{one['growth_max']:>6.0f}{'' if one['is_flat'] else '  GROWS'}\n")
    sys.stdout.write(f"\n{'passed' if report['is_passed'] else 'FAILED'}\n")


if __name__ == "__main__":
    outcome = asyncio.run(soak())
    REPORT.write_text(json.dumps(outcome, indent=1), encoding="utf-8")
    print_report(outcome)
    sys.exit(not outcome["is_passed"])
