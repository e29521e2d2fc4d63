"""Run a service and the model behind it as processes of their own, call the service, and read what it used.

The service has one core, the model and the callers have the others. Linux only: /proc is read.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.articles import ARTICLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".peers"
START_MAX_S = 600.0
CALL_MAX_S = 120.0
# Answers are neither kept in the cache nor shared, or all but the first would cost nothing.
_FIELDS: Mapping[str, Mapping[str, str]] = {"subtext": {"cache": "no-store", "fallback": "never"}}
_PATHS = {"litellm": "/v1/chat/completions"}


@dataclass(frozen=True)
class Measurement:
    """One round of one service: requests/s, CPU and times in milliseconds, MB of memory, CPU seconds until ready."""

    per_s: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float
    rss_mb: float
    start_s: float


@dataclass(frozen=True)
class Running:
    """A service that answers on a loopback port."""

    name: str
    pid: int
    port: int
    start_s: float
    key: str = ""


@contextmanager
def model_process(delay_s: float) -> Iterator[int]:
    """Serve a model that answers everything after `delay_s`; yields its port."""
    port = find_free_port()
    command = [sys.executable, "-m", "benchmarks.model_server", str(port), str(delay_s)]
    with _process(command, os.environ, _other_cores()):
        await_port(port)
        yield port


def configure_own_process(model_port: int, folder: str) -> None:
    """Set what the service reads from the environment, for a service that runs in this process."""
    os.environ |= {
        "SUBTEXT_LLM_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_LLM_API_KEY": "none",
        "SUBTEXT_LOG_LEVEL": "error",
        "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder}/analyses.db",
    }


@contextmanager
def service_process(name: str, model_port: int) -> Iterator[Running]:
    """Start a service by name on the first core, in an environment of its own if it is a peer."""
    port, url = find_free_port(), f"http://127.0.0.1:{model_port}/v1"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **_settings(url, folder)}
        key = _create_key(environment) if name == "subtext" else ""
        with _process(_command(name, port, url, folder), environment, {min(os.sched_getaffinity(0))}) as pid:
            await_port(port)
            yield Running(name, pid, port, read_cpu_s(pid), key)


def _create_key(environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-c", "from subtext.cli.main import main; main()"]
    options = ["keys", "create", "--owner", "bench", "--requests-per-minute", str(10**9), "--json"]
    created = subprocess.run([*command, *options], env=environment, capture_output=True, check=True)  # noqa: S603 - ours
    key: str = json.loads(created.stdout)["key"]
    return key


def _settings(url: str, folder: str) -> dict[str, str]:
    return {
        "SUBTEXT_LLM_BASE_URL": url,
        "SUBTEXT_LLM_MODEL": "m",
        "SUBTEXT_LLM_API_KEY": "none",
        "SUBTEXT_STORE_DATABASE_URL": f"sqlite:///{folder}/analyses.db",
        "BENCH_MODEL_URL": url,
        # 500 in flight: as many as the callers keep, or the service would refuse them, as it should.
        "SUBTEXT_GUARD_MAX_IN_FLIGHT": "500",
        "SUBTEXT_GUARD_QUEUE": "500",
        "SUBTEXT_LOAD_IN_FLIGHT": "500",
        "SUBTEXT_AUTH": "keys",
        "SUBTEXT_KEYS_PEPPER": "a pepper for the benchmark alone, 40 long",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "LANGSMITH_TRACING": "false",
    }


def _command(name: str, port: int, url: str, folder: str) -> list[str]:
    if name == "litellm":
        config = Path(folder, "litellm.yaml")
        entry = {"model": "openai/m", "api_base": url, "api_key": "none"}
        config.write_text(json.dumps({"model_list": [{"model_name": "m", "litellm_params": entry}]}), encoding="utf-8")
        return [str(PEERS / name / "bin/litellm"), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    own = name in {"lean", "parse", "subtext"}
    python = sys.executable if own else str(PEERS / name / "bin/python")
    module = "benchmarks.services" if own else f"benchmarks.peers.{name}"
    factory = f"{module}:{name if own else 'create_app'}"
    flags = ["--factory", "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "error"]
    return [python, "-m", "uvicorn", factory, *flags]


def _other_cores() -> set[int]:
    cores = os.sched_getaffinity(0)
    return cores - {min(cores)} or cores


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], cores: set[int]) -> Iterator[int]:
    with subprocess.Popen(  # noqa: S603 - commands of our own
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.sched_setaffinity(process.pid, cores)
        try:
            yield process.pid
        finally:
            process.kill()


def find_free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def await_port(port: int) -> None:
    """Wait until something on a loopback port answers HTTP, whatever it says: a port may listen before that."""
    give_up = time.monotonic() + START_MAX_S
    while True:
        try:
            _ask_for_health(port)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def _ask_for_health(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=START_MAX_S)) as connection:
        connection.request("GET", "/healthz", headers={"Content-Length": "0"})
        connection.getresponse().read()


def read_cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_ended_cpu_s(pid: int) -> float:
    """Return the CPU seconds of those children of a process that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def read_rss_mb(pid: int) -> float:
    """Return the resident memory of a process; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def read_children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]


def read_descriptors(pid: int) -> int:
    """Return how many file descriptors a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def read_threads(pid: int) -> int:
    """Return how many threads a process has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def build_request(name: str, key: str) -> bytes:
    """Return the bytes of a request: the op-ed, in the service's own form, with a key if it asks for one."""
    fields: dict[str, object] = {"text": ARTICLE, **_FIELDS.get(name, {})}
    if name == "litellm":
        fields = {"model": "m", "messages": [{"role": "user", "content": ARTICLE}]}
    body = json.dumps(fields).encode()
    head = f"POST {_PATHS.get(name, '/v1/analyses')} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {key}\r\n" if key else ""
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _call(port: int, request: bytes, times: list[float], left: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    for _ in left:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"not an answer: {body[:300]!r}")
        times.append(1_000 * (time.perf_counter() - started))
    writer.close()


def call(service: Running, requests: int, connections: int) -> list[float]:
    """Send requests over so many connections; returns the milliseconds of each, sorted."""
    times: list[float] = []
    left = iter(range(requests))
    request = build_request(service.name, service.key)

    async def run() -> None:
        async with asyncio.timeout(CALL_MAX_S):
            await asyncio.gather(*(_call(service.port, request, times, left) for _ in range(connections)))

    os.sched_setaffinity(0, _other_cores())
    asyncio.run(run())
    return sorted(times)


def measure(service: Running, requests: int, connections: int) -> Measurement:
    """Measure one round."""
    cpu, started = read_cpu_s(service.pid), time.perf_counter()
    times = call(service, requests, connections)
    seconds, cpu = time.perf_counter() - started, read_cpu_s(service.pid) - cpu
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    return Measurement(
        requests / seconds,
        1_000 * cpu / requests,
        statistics.median(times),
        p99,
        read_rss_mb(service.pid),
        service.start_s,
    )
