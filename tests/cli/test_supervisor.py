"""Several processes behind one port: each answers, a dead one is replaced, and one signal ends them all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.patience import GIVE_UP_S
from tests.support.processes import Service
from tests.support.servers.fault_server import fault_server
from tests.support.servers.gate import Gate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.support.cli import CliResult

WORKERS = 2


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def workers(service: Service) -> set[int]:
    """Return the processes that answer: children of the one that has imported the service."""
    return {worker for child in children(service.pid) for worker in children(child)}


async def get(service: Service, path: str = "/healthz") -> int:
    """Ask over a connection of its own, which any process may accept."""
    async with httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        return (await caller.get(f"{service.url}{path}")).status_code


async def post(service: Service, engine: str = "local") -> dict[str, Any]:
    """Have an article analyzed and stored by one of the processes."""
    body = {"text": "The committee met on Tuesday. It will meet again. " * 20, "engine": engine}
    async with httpx2.AsyncClient(trust_env=False, timeout=GIVE_UP_S) as caller:
        analysis: dict[str, Any] = (await caller.post(f"{service.url}/v1/analyses", json=body)).json()
    return analysis


async def full(service: Service, without: int = 0) -> set[int]:
    """Return the processes once there are as many as asked for, besides one that has died."""
    async with asyncio.timeout(GIVE_UP_S):
        while len(pids := workers(service) - {without}) < WORKERS:
            await get(service)
    return pids


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stop a process as a debugger would: it accepts nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    service = Service(tmp_path, SUBTEXT_WORKERS=str(WORKERS))
    await service.start()
    yield service
    with contextlib.suppress(ProcessLookupError):
        await service.kill()


async def test_processes_share_a_port_and_are_replaced_and_end_together(service: Service) -> None:
    first, second = await full(service)
    made = await post(service)
    read = []
    for pid in (first, second):
        with stopped(pid):
            read.append(await get(service, made["links"]["self"]))
    os.kill(first, signal.SIGKILL)
    (third,) = await full(service, without=first) - {second}
    with stopped(second):
        read.append(await get(service, made["links"]["self"]))
    service.terminate()
    code = await service.ended()

    assert third not in {first, second}
    assert read == [200, 200, 200]
    assert code == 0
    assert not [pid for pid in (second, third) if is_running(pid)]


async def test_no_connection_is_accepted_that_nobody_will_serve(tmp_path: Path) -> None:
    gate = Gate()
    async with fault_server(gate) as model:
        llm = {"SUBTEXT_LLM_BASE_URL": model.url, "SUBTEXT_LLM_MODEL": "m"}
        service = Service(tmp_path, SUBTEXT_WORKERS=str(WORKERS), **llm)
        await service.start()
        await full(service)
        asking = asyncio.create_task(post(service, engine="llm"))
        await asyncio.wait_for(gate.is_full.wait(), GIVE_UP_S)
        service.terminate()
        with pytest.raises(ConnectionRefusedError):
            await connect_until_refused(service, asking)
        gate.opened.set()
        analysis = await asking
        code = await service.ended()

    assert analysis["engine"]["kind"] == "llm"
    assert code == 0


async def connect_until_refused(service: Service, asking: asyncio.Task[Any]) -> None:
    """Connect again and again until that is refused, while a request is in flight."""
    host, port = service.url.removeprefix("http://").split(":")
    while not asking.done():
        # One that waits to be accepted when the last listener closes is reset.
        with contextlib.suppress(ConnectionResetError):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"SUBTEXT_STORE_ENABLED": "false"}, "SUBTEXT_STORE_ENABLED=true"),
        ({"SUBTEXT_AUTH": "keys", "SUBTEXT_KEYS_PEPPER": "p" * 40}, "SUBTEXT_KEYS_REDIS_URL"),
    ],
    ids=["no store", "keys counted in memory"],
)
def test_what_processes_cannot_share_is_refused(
    variables: dict[str, str],
    missing: str,
    subtext: Callable[..., CliResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    ran = subtext("serve", "--port", "0", "--workers", WORKERS)

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert missing in ran.err
