"""What one call to a model's server costs this process, by call style and transport.

Run it: `.venv/bin/python -m benchmarks.call_costs`. A fake upstream on another core answers at once, over loopback;
64 callers share 2,000 calls a round. The CPU time is that of the calling process alone.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import socket
import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient

from subtext.engines.llm.client import build_http_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALLS, CALLERS, ROUNDS = 2_000, 64, 5
MESSAGES: list[Any] = [{"role": "user", "content": "word " * 1_600}]
BODY = json.dumps({"model": "m", "messages": MESSAGES}).encode()
TRANSPORTS: dict[str, type[httpx2.AsyncClient]] = {"httpx2": httpx2.AsyncClient, "aiohttp": DefaultAioHttpClient}


def _completion() -> bytes:
    message = {"role": "assistant", "content": "x" * 1_400}
    usage = {"prompt_tokens": 2_000, "completion_tokens": 300, "total_tokens": 2_300}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    return json.dumps(
        {"id": "x", "object": "chat.completion", "model": "m", "choices": choices, "usage": usage}
    ).encode()


class _Upstream(asyncio.Protocol):
    """Answers every request at once; all requests here have the same length but for their heads."""

    _body = _completion()
    _reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_body), _body)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._read = transport, b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]) if found else 0
        if found and len(rest) >= length:
            self._read = rest[length:]
            self._transport.write(self._reply)  # type: ignore[attr-defined]


def _serve(listening: socket.socket) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Upstream, sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


async def _cpu_us(call: Callable[[], Awaitable[object]]) -> float:
    for _ in range(50):
        await call()
    gc.collect()
    left = iter(range(CALLS))

    async def caller() -> None:
        for _ in left:
            await call()

    started = time.process_time()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return (time.process_time() - started) / CALLS * 1e6


async def _measure(url: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, client_class in TRANSPORTS.items():
            http = build_http_client(client_class, connect_timeout_s=2.0, max_bytes=2_000_000)
            async with AsyncOpenAI(base_url=url, api_key="k", max_retries=0, http_client=http) as sdk:
                ways: dict[str, Callable[[], Awaitable[object]]] = {
                    "post bytes": partial(sdk.post, "/chat/completions", cast_to=httpx2.Response, content=BODY),
                    "create": partial(sdk.chat.completions.create, model="m", messages=MESSAGES),
                }
                for way, call in ways.items():
                    found.setdefault(f"{name}, {way}", []).append(await _cpu_us(call))
    return found


def main() -> None:
    """Measure every transport and call style, and print the medians, the cheapest first."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        upstream = multiprocessing.Process(target=_serve, args=(listening,), daemon=True)
        upstream.start()
        found = asyncio.run(_measure(f"http://127.0.0.1:{listening.getsockname()[1]}/v1"))
        upstream.terminate()
    for way, micros in sorted(found.items(), key=lambda entry: statistics.median(entry[1])):
        line = f"{way:22} {statistics.median(micros):6.0f} us CPU a call ({min(micros):.0f}..{max(micros):.0f})"
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
