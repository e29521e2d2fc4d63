"""Measure where one machine ends: processes that serve or work on batches, over one PostgreSQL; writes docs/scale.md.

python -m benchmarks.scale [--write]     (some six minutes on two idle cores; Linux only)

The figures are CPU time, of the service's processes and of PostgreSQL's, so that they hold on a busy machine too; those
of requests and items a second need an idle one. The model answers after 0.2 s, so that it is never what is slow.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import sqlalchemy as sa

from benchmarks.articles import ARTICLE
from benchmarks.processes import (
    ROOT,
    await_port,
    find_free_port,
    model_process,
    read_children,
    read_cpu_s,
    read_ended_cpu_s,
    read_rss_mb,
)
from subtext.storage.database import parse_url
from tests.support.servers.postgres import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS, CALLERS, ITEMS, UPSTREAM_S = 400, 32, 400, 0.2
DEEP_CHUNKS, CLAIMS = 20_000, 20
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- measured: python -m benchmarks.scale --write -->\n", "<!-- end -->\n"
_CALL_MAX_S, _MILLION, _DAY_S = 600.0, 1_000_000, 86_400
_PROGRAM = (sys.executable, "-c", "from subtext.cli.main import main; main()")


@dataclass(frozen=True)
class Row:
    """One line of the table; CPU in milliseconds for each request or item."""

    what: str
    start_s: float
    per_s: float
    service_ms: float
    postgres_ms: float
    commits: float
    wal_kb: float
    rss_mb: float

    def to_markdown(self) -> str:
        """Return the line."""
        costs = f"{self.service_ms:.1f} ms | {self.postgres_ms:.1f} ms | {self.commits:.1f} | {self.wal_kb:.0f} kB"
        return f"| {self.what} | {self.start_s:.1f} s | {self.per_s:.0f}/s | {costs} | {self.rss_mb:.0f} MB |"


class Meter:
    """Reads what processes and a PostgreSQL server have used so far."""

    def __init__(self, server: Postgres, pids: list[int]) -> None:
        self._pids, self._server = pids, server
        self._postmaster = int((server.folder / "postmaster.pid").read_text(encoding="ascii").split()[0])
        self._engine = sa.create_engine(parse_url(server.url), isolation_level="AUTOCOMMIT")

    def _tree(self) -> list[int]:
        return [pid for parent in self._pids for pid in (parent, *_descendants(parent))]

    def read(self) -> tuple[float, float, float, float, float]:
        """Return the moment, CPU seconds of the service and of PostgreSQL, commits, and bytes of WAL."""
        backends = read_children(self._postmaster)
        postgres_s = sum(map(read_cpu_s, [self._postmaster, *backends])) + read_ended_cpu_s(self._postmaster)
        with self._engine.connect() as connection:
            commits = connection.scalar(sa.text("select sum(xact_commit) from pg_stat_database"))
            wal = connection.scalar(sa.text("select pg_current_wal_lsn() - '0/0'"))
        return time.perf_counter(), sum(map(read_cpu_s, self._tree())), postgres_s, float(commits), float(wal)

    def row(self, what: str, start_s: float, before: tuple[float, ...], count: int) -> Row:
        """Return the line of what was used since `before`."""
        seconds, service_s, postgres_s, commits, wal = (
            now - then for now, then in zip(self.read(), before, strict=True)
        )
        rss_mb = sum(map(read_rss_mb, self._tree()))
        costs = (1_000 * service_s / count, 1_000 * postgres_s / count, commits / count, wal / count / 1_000)
        return Row(what, start_s, count / seconds, *costs, rss_mb)

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()


def _descendants(pid: int) -> list[int]:
    return [found for child in read_children(pid) for found in (child, *_descendants(child))]


def _environment(server: Postgres, model_port: int, **more: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
    settings = {
        "SUBTEXT_LLM_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_STORE_DATABASE_URL": server.url,
        "SUBTEXT_BATCHES_ENABLED": "true",
        "SUBTEXT_BATCHES_WORK": "false",
        "SUBTEXT_BATCHES_PARALLEL": str(CALLERS),
        "SUBTEXT_LOG_LEVEL": "error",
    }
    return known | settings | more


@contextmanager
def _running(command: list[str], environment: dict[str, str], count: int = 1) -> Iterator[list[int]]:
    processes = [
        subprocess.Popen([*_PROGRAM, *command], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        for _ in range(count)
    ]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


async def _wait_until_ready(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(_CALL_MAX_S):
        while True:
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx2.HTTPError:
                await asyncio.sleep(0.1)


@contextmanager
def _serving(server: Postgres, model_port: int, processes: int) -> Iterator[tuple[int, httpx2.AsyncClient]]:
    port = find_free_port()
    command = ["serve", "--port", str(port), "--workers", str(processes)]
    with _running(command, _environment(server, model_port)) as (pid,):
        await_port(port)
        limits = httpx2.Limits(max_connections=CALLERS)
        yield (
            pid,
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=_CALL_MAX_S, limits=limits
            ),
        )


async def measure_requests(server: Postgres, model_port: int, processes: int) -> Row:
    """Measure requests for analyses, each stored, to a service of so many processes."""
    with _serving(server, model_port, processes) as (pid, client):
        async with client:
            await _wait_until_ready(client)
            meter = Meter(server, [pid])
            _, start_s, *_ = meter.read()
            await _request_many(client, CALLERS)
            before = meter.read()
            await _request_many(client, REQUESTS)
            row = meter.row(f"requests, {processes} process{'es'[: 2 * (processes > 1)]}", start_s, before, REQUESTS)
            meter.close()
    return row


async def _request_many(client: httpx2.AsyncClient, count: int) -> None:
    left = iter(range(count))

    async def call() -> None:
        for _ in left:
            body = {"text": ARTICLE, "cache": "no-store", "fallback": "never"}
            (await client.post("/v1/analyses", json=body)).raise_for_status()

    await asyncio.gather(*(call() for _ in range(CALLERS)))


async def measure_batch(server: Postgres, model_port: int, workers: int) -> Row:
    """Measure a batch that so many worker processes share."""
    with (
        _serving(server, model_port, 1) as (_, client),
        _running(["worker"], _environment(server, model_port), workers) as pids,
    ):
        async with client:
            await _wait_until_ready(client)
            await _run_batch(client, workers * CALLERS)
            meter = Meter(server, pids)
            _, start_s, *_ = before = meter.read()
            await _run_batch(client, ITEMS)
            row = meter.row(f"items of a batch, {workers} worker{'s'[: workers - 1]}", start_s / workers, before, ITEMS)
            meter.close()
    return row


async def _run_batch(client: httpx2.AsyncClient, count: int) -> None:
    lines = "\n".join(json.dumps({"custom_id": str(number), "text": f"{number}. {ARTICLE}"}) for number in range(count))
    sent = await client.post("/v1/batches", content=lines, headers={"Content-Type": "application/x-ndjson"})
    sent.raise_for_status()
    path = f"/v1/batches/{sent.json()['id']}"
    async with asyncio.timeout(_CALL_MAX_S):
        while (batch := (await client.get(path)).json())["state"] != "done":
            if batch["state"] == "partial":
                raise RuntimeError(f"items failed: {(await client.get(f'{path}/results')).text[:500]}")
            await asyncio.sleep(0.1)


def measure_depth(server: Postgres) -> tuple[float, float]:
    """Return the milliseconds in which PostgreSQL finds the next job of an empty queue, and of a deep one."""
    engine = sa.create_engine(parse_url(server.url))
    with engine.begin() as connection:
        empty_ms = _claim_ms(connection)
        columns = "workflow_uuid, status, name, queue_name, created_at, updated_at, priority"
        values = "'deep:' || n, 'ENQUEUED', 'answer_portion', 'batches', n, n, 0"
        insert = f"insert into dbos.workflow_status ({columns}) select {values} from generate_series(1, :count) n"  # noqa: S608 - constants
        connection.execute(sa.text(insert), {"count": DEEP_CHUNKS})
        connection.execute(sa.text("analyze dbos.workflow_status"))
        deep_ms = _claim_ms(connection)
        connection.rollback()
    engine.dispose()
    return empty_ms, deep_ms


def _claim_ms(connection: sa.Connection) -> float:
    """Run the query by which DBOS claims a job (`_sys_db.py`, start_queued_workflows), and return its mean time."""
    query = (
        "explain (analyze, format json) select workflow_uuid from dbos.workflow_status where queue_name = 'batches' "
        "and status = 'ENQUEUED' order by priority, created_at limit 2 for update skip locked"
    )
    plans: list[dict[str, float]] = [connection.execute(sa.text(query)).scalar_one()[0] for _ in range(CLAIMS)]
    return statistics.fmean(plan["Execution Time"] for plan in plans)


def render(rows: list[Row], depth: tuple[float, float]) -> str:
    """Return the table, and what it means for a million articles a day."""
    item = rows[-1]
    per_s = _MILLION / _DAY_S
    lines = [
        "| what | CPU until ready | measured | CPU, service | CPU, PostgreSQL | commits | WAL | memory |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(row.to_markdown() for row in rows),
        "",
        f"To find the next job, PostgreSQL takes {depth[0]:.2f} ms in an empty queue, and {depth[1]:.2f} ms in one",
        f"with {DEEP_CHUNKS:,} jobs ({20 * DEEP_CHUNKS:,} articles).",
        "",
        "| a million articles a day | |",
        "| --- | --- |",
        f"| rate | {per_s:.1f} articles/s |",
        f"| cores for workers | {per_s * item.service_ms / 1_000:.2f} |",
        f"| cores for PostgreSQL | {per_s * item.postgres_ms / 1_000:.2f} |",
        f"| commits | {per_s * item.commits:.0f}/s |",
        f"| WAL | {_MILLION * item.wal_kb / 1e6:.0f} GB a day |",
        f"| articles a day that one core of workers can do | {_DAY_S * 1_000 / item.service_ms:,.0f} |",
        "",
    ]
    return "\n".join(lines)


async def measure() -> str:
    """Measure all of it."""
    rows = []
    with model_process(UPSTREAM_S) as model_port:
        for kind, counts in ((measure_requests, (1, 2)), (measure_batch, (1, 2))):
            for count in counts:
                with postgres_server() as server:
                    rows.append(await kind(server, model_port, count))
                    sys.stdout.write(f"{rows[-1].to_markdown()}\n")
                    depth = measure_depth(server)
    return render(rows, depth)


if __name__ == "__main__":
    table = asyncio.run(measure())
    sys.stdout.write(table)
    if "--write" in sys.argv:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}", encoding="utf-8")
