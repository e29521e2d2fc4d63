"""What a request costs: Subtext beside two plain services, in turn, before a model that answers at once.

Run it: `make bench`, or `python -m benchmarks.overhead [requests a round]`; it writes docs/benchmarks.md. Each
service is one uvicorn worker; the model and the callers are in other processes. CPU is the service's user and system
time. Linux only: CPU time is read from /proc.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import platform
import socket
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from benchmarks import services
from benchmarks.articles import ARTICLE, completion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ("plain", "lean", "subtext")
CALLERS, ROUNDS, REQUESTS = 32, 3, 300
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
# Answers are neither kept nor shared, or all but the first would cost nothing.
_ASKS = {
    "plain": {"text": ARTICLE},
    "lean": {"text": ARTICLE},
    "subtext": {"text": ARTICLE, "cache": "no-store", "fallback": "never"},
}


@dataclass(frozen=True)
class Round:
    """One round of one service."""

    per_s: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float


class _Model(asyncio.Protocol):
    """Answers every request after `delay_s`."""

    _body = completion()
    _reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_body), _body)

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a caller."""
        self._transport, self._read = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) if found else 0
        if found and len(rest) >= length:
            self._read = rest[length:]
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, self._reply)  # type: ignore[attr-defined]


def _serve_model(delay_s: float, listener: socket.socket) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Model(delay_s), sock=listener)
        await server.serve_forever()

    asyncio.run(serve())


def _serve(name: str, listener: socket.socket, model: str) -> None:
    os.environ |= {"SUBTEXT_LLM_BASE_URL": model, "SUBTEXT_LLM_MODEL": "m", "SUBTEXT_LLM_API_KEY": "none"}
    os.environ["SUBTEXT_STORE_DATABASE_URL"] = f"sqlite:///{tempfile.mkdtemp()}/kept.db"
    sys.stderr = sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for as long as the process lives
    config = uvicorn.Config(getattr(services, name), factory=True, log_config=None, access_log=False)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


@contextmanager
def _process(target: Callable[..., None], *given: object) -> Iterator[tuple[int, int]]:
    """A process that serves on a loopback port: its id and the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        process = multiprocessing.Process(target=target, args=(*given[:1], listener, *given[1:]), daemon=True)
        process.start()
        try:
            yield process.pid or 0, listener.getsockname()[1]
        finally:
            process.kill()
            process.join()


@contextmanager
def model_process(delay_s: float) -> Iterator[int]:
    """The port of a model that answers everything after `delay_s`."""
    with _process(_serve_model, delay_s) as (_, port):
        yield port


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _call(port: int, request: bytes, times: list[float], left: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    for _ in left:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"not an answer: {body[:200]!r}")
        times.append(time.perf_counter() - started)
    writer.close()


def _load(port: int, name: str, requests: int) -> list[float]:
    body = json.dumps(_ASKS[name]).encode()
    kind = "Content-Type: application/json\r\n"
    head = f"POST /v1/analyses HTTP/1.1\r\nHost: 127.0.0.1\r\n{kind}Content-Length: {len(body)}"
    times: list[float] = []
    left = iter(range(requests))

    async def run() -> None:
        await asyncio.gather(*(_call(port, f"{head}\r\n\r\n".encode() + body, times, left) for _ in range(CALLERS)))

    asyncio.run(run())
    return times


def measure(name: str, model: str, requests: int) -> Round:
    """One round of a service, warmed up before it counts."""
    with _process(_serve, name, model) as (pid, port):
        _load(port, name, CALLERS * 2)
        cpu, started = _cpu_s(pid), time.perf_counter()
        times = sorted(_load(port, name, requests))
        seconds, cpu = time.perf_counter() - started, _cpu_s(pid) - cpu
    ms = [1_000 * taken for taken in times]
    return Round(requests / seconds, 1_000 * cpu / requests, statistics.median(ms), ms[int(len(ms) * 0.99)])


def page(rounds: dict[str, list[Round]], requests: int) -> str:
    """The page of results: medians, and the ratios of rounds that ran one after the other."""
    lines = [
        "# Benchmarks\n",
        f"Written by `make bench`: {ROUNDS} rounds of {requests} requests by {CALLERS} callers, in turn,",
        f"one worker each, an article of {len(ARTICLE.split()):,} words and a model that answers at once.",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end.",
        "Trust the ratios of CPU more than the seconds: the callers run on the same cores.\n",
        "| service | requests/s | CPU ms a request | lean = 1 (min..max) | p50 ms | p99 ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in rounds.items():
        ratios = [one.cpu_ms / base.cpu_ms for one, base in zip(found, rounds["lean"], strict=True)]
        middle = Round(*(statistics.median(values) for values in zip(*map(_values, found), strict=True)))
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
        speed = f"{middle.per_s:.0f} | {middle.cpu_ms:.2f} | {spread} | {middle.p50_ms:.0f} | {middle.p99_ms:.0f}"
        lines.append(f"| {name} | {speed} |")
    lines += ["", *(f"- **{name}**: {getattr(services, name).__doc__}" for name in NAMES), ""]
    return "\n".join(lines)


def _values(one: Round) -> tuple[float, ...]:
    return one.per_s, one.cpu_ms, one.p50_ms, one.p99_ms


def main() -> None:
    """Measure, print and write the page."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    rounds: dict[str, list[Round]] = {name: [] for name in NAMES}
    with model_process(0.0) as port:
        for _ in range(ROUNDS):
            for name in NAMES:
                rounds[name].append(measure(name, f"http://127.0.0.1:{port}/v1", requests))
    text = page(rounds, requests)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
