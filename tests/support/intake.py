"""Fakes of the network for intake: resolvers, a network that records connections, and sites on loopback."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from httpcore2 import AsyncMockStream, AsyncNetworkBackend, ConnectError

from subtext.intake.limits import ExtractLimits, FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from tests.support.patience import GIVE_UP_S
from tests.support.servers.fault_server import fault_server

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Iterable, Sequence

    from httpcore2 import SOCKET_OPTION, AsyncNetworkStream

    from tests.support.servers.fault_server import Fault

PUBLIC = "93.184.216.34"
ARTICLE = """<!doctype html><html lang="en"><head><title>Ferry line begs for a rescue</title>
<meta property="og:site_name" content="The Norhaven Post"><meta name="author" content="Ida Lund">
<meta property="article:published_time" content="2026-03-04T06:00:00Z"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Ferry line begs for a rescue</h1>
<p>The Norhaven ferry line went back to the council on Tuesday, cap in hand, for the third time this year.</p>
<p>Its chairman said that the fleet had never been stronger, but two of its five ships are laid up for want of fuel.</p>
<p>Creditors gave it another month. After that, the line said, there would be nothing left to sell.</p>
</article><footer>All rights reserved</footer></body></html>"""


@dataclass
class FakeResolver:
    """Resolver fake: answer each name from its list, the last answer for ever; an unknown name does not exist."""

    answers: dict[str, list[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        queue = self.answers.get(host)
        if not queue:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return queue.pop(0) if len(queue) > 1 else queue[0]


class FixedResolver:
    """Resolver fake: answer every name with one address, as getaddrinfo does for numbers in odd notations."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return [self._address]


@dataclass
class RecordingNetwork(AsyncNetworkBackend):
    """Network fake: record each connection and play replies; addresses in `dead` do not answer."""

    replies: list[bytes] = field(default_factory=list)
    dead: frozenset[str] = frozenset()
    connects: list[tuple[str, int]] = field(default_factory=list)
    streams: list[RecordingStream] = field(default_factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the backend
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        self.connects.append((host, port))
        if host in self.dead or not self.replies:
            raise ConnectError("refused")
        stream = RecordingStream([self.replies.pop(0), b""])
        self.streams.append(stream)
        return stream


class RecordingStream(AsyncMockStream):
    """Stream fake: play a reply; record what was sent, and the server name of TLS."""

    def __init__(self, buffer: list[bytes]) -> None:
        super().__init__(buffer)
        self.sent = b""
        self.tls_name: str | None = None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        self.sent += buffer

    async def start_tls(
        self,
        ssl_context: object,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> AsyncNetworkStream:
        self.tls_name = server_hostname
        return self


def http_response(body: str | bytes = ARTICLE, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP answer as it goes over the wire; HTML unless a header says otherwise."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: text/html; charset=utf-8")
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def redirect(location: str, status: str = "302 Found") -> bytes:
    """Return a redirect as it goes over the wire."""
    return http_response("", f"Location: {location}", status=status)


def play_responses(*answers: bytes) -> Fault:
    """Return a site that gives one answer for each connection, the last one again and again."""
    left = list(answers)

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return play


@contextlib.asynccontextmanager
async def site(fault: Fault) -> AsyncIterator[str]:
    """Serve a site on loopback; yield its address."""
    async with fault_server(fault) as server:
        yield f"http://127.0.0.1:{server.port}/article"


def loopback_loader(
    *, deadline_s: float = GIVE_UP_S, max_bytes: int = 5_000_000, max_html_bytes: int = 2_000_000
) -> ArticleLoader:
    """Return a loader for sites on loopback, with one extractor."""
    return ArticleLoader(
        IntakeLimits(
            fetch=FetchLimits(private_hosts=("127.0.0.0/8",), deadline_s=deadline_s, max_bytes=max_bytes),
            extract=ExtractLimits(deadline_s=GIVE_UP_S, workers=1, max_html_bytes=max_html_bytes),
        )
    )
