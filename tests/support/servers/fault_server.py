"""TCP server that misbehaves on demand, for faults that a mock in front of a client cannot show."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Fault = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FaultServer:
    """The server's port, and every request that reached it (head and body)."""

    port: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextlib.asynccontextmanager
async def fault_server(fault: Fault, *, read_request: bool = True) -> AsyncIterator[FaultServer]:
    """Run a server that meets every request with one fault; cancel what still runs at the end."""
    found = FaultServer()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            running.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if read_request:
                found.requests.append(await _request(reader))
            await fault(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
    )
    return head, await reader.readexactly(length)


def reply(body: bytes, *, status: str = "200 OK", headers: str = "Content-Type: application/json\r\n") -> bytes:
    """Return a whole response of a server that closes after it, as this one does."""
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def send(data: bytes) -> Fault:
    """Send these bytes and close."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return fault


def drip(data: bytes, *, every_s: float = 0.01) -> Fault:
    """Send a byte at a time, each within any time-out that is for one read."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_s)

    return fault


def repeat(head: bytes, chunk: bytes, times: int) -> Fault:
    """Send a head, and then the same chunk so many times, as fast as it is taken."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(times):
            writer.write(chunk)
            await writer.drain()

    return fault


def stay_silent() -> Fault:
    """Take the request, and say nothing until the client has gone."""

    async def fault(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    return fault


def reset(data: bytes = b"") -> Fault:
    """Send the bytes, then reset the connection."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.transport.abort()

    return fault
