"""The stack of deploy/compose.yaml, really up: PostgreSQL, two workers, Redis, Prometheus; one worker is killed.

It takes minutes, so it runs by `make try-stack`. Images that this machine does not have are made of Debian's packages
(`stand_ins/Dockerfile`): tests fetch from no registry.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.containers import (
    IMAGE,
    ROOT,
    ContainerEngine,
    build_product,
    build_stand_ins,
    require_engine,
    wait_for,
)
from tests.support.ports import find_unused_port
from tests.support.requirements import require_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = ("postgres", "redis", "prometheus", "worker", "api-postgres")
ITEMS = 1000
KILLED_AFTER = 200
TEXT = (
    "Orlan Freight went back to its creditors on Monday, cap in hand, for the third time this year. The company has "
    "run out of cash, out of friends and nearly out of ships, and its plea for another month is the last lifeline it "
    "has left to ask for."
)


class Stack:
    """A project of the compose file with ports of its own, started in the order of `SERVICES`."""

    def __init__(self, engine: ContainerEngine, program: tuple[str, ...]) -> None:
        self.engine, self.project = engine, f"subtext-{uuid.uuid4().hex[:8]}"
        self.ports = {
            "SUBTEXT_POSTGRES_PUBLISHED_PORT": find_unused_port(),
            "SUBTEXT_PROMETHEUS_PORT": find_unused_port(),
        }
        self._command = (*program, "-f", str(ROOT / "deploy" / "compose.yaml"), "-p", self.project)
        self._profiles = ("--profile", "postgres", "--profile", "monitoring")

    def __call__(self, *words: str) -> None:
        environment = {name: str(port) for name, port in self.ports.items()} | {"SUBTEXT_IMAGE": IMAGE}
        done = subprocess.run(
            (*self._command, *self._profiles, *words),
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def containers(self, service: str) -> list[str]:
        """Return the names of the running containers of a service."""
        shown = self.engine("ps", "--format", "{{.Names}}", "--filter", f"name={self.project}[-_]{service}[-_]")
        return shown.stdout.split()

    def url(self, path: str, port: str = "SUBTEXT_POSTGRES_PUBLISHED_PORT") -> str:
        return f"http://127.0.0.1:{self.ports[port]}{path}"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    wanted = os.environ.get("SUBTEXT_TRY_STACK") == "1"
    require_or_skip("stack", present=wanted, why="it takes minutes: make try-stack")
    engine = require_engine()
    compose = shutil.which("podman-compose")
    require_or_skip("stack", present=compose is not None or engine.program.endswith("docker"), why="no compose is here")
    build_product(engine)
    build_stand_ins(engine)
    running = Stack(engine, (compose,) if compose else (engine.program, "compose"))
    try:
        running("up", "-d", *SERVICES)
        yield running
    finally:
        running("down", "-v")


def _get(url: str) -> Any:
    return httpx2.get(url, timeout=60).raise_for_status().json()


def test_a_batch_survives_the_kill_of_one_of_two_workers(stack: Stack) -> None:
    wait_for(lambda: _get(stack.url("/readyz")), bool)
    workers = stack.containers("worker")
    assert len(workers) == 2

    lines = [json.dumps({"custom_id": f"item-{number}", "text": f"{TEXT} ({number})"}) for number in range(ITEMS)]
    headers = {"Content-Type": "application/x-ndjson"}
    batch = httpx2.post(stack.url("/v1/batches"), content="\n".join(lines), headers=headers, timeout=60).json()
    address = stack.url(f"/v1/batches/{batch['id']}")
    wait_for(lambda: _get(address), lambda view: view["counts"]["done"] >= KILLED_AFTER)
    stack.engine("kill", "-s", "KILL", workers[0])
    ended = wait_for(lambda: _get(address), lambda view: view["state"] not in ("queued", "running"))

    assert (ended["state"], ended["counts"]["done"]) == ("done", ITEMS)
    rows = [json.loads(line) for line in httpx2.get(f"{address}/results", timeout=60).text.splitlines()]
    assert [row["custom_id"] for row in rows] == [f"item-{number}" for number in range(ITEMS)]
    assert all("result" in row for row in rows)


def test_prometheus_reads_the_service_and_the_workers(stack: Stack) -> None:
    query = stack.url("/api/v1/query?query=up", "SUBTEXT_PROMETHEUS_PORT")
    jobs = {"subtext", "subtext-worker"}

    def up() -> set[str]:
        return {part["metric"]["job"] for part in _get(query)["data"]["result"] if part["value"][1] == "1"}

    assert wait_for(up, jobs.issubset) == jobs
