"""SSRF guard: resolve a name once, check every address, and connect to a checked one.

Resolving the name a second time to connect would allow DNS rebinding: its owner could answer with another address. The
Host header and the TLS name stay those of the URL. By hand, as a network backend of httpcore: the libraries that guard
requests (advocate and its like) are for `requests`, or check the name and let the client resolve it again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, Self

from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, ConnectError, ConnectTimeout

from subtext.domain.host import parse_ip
from subtext.errors import ForbiddenUrl
from subtext.intake.http.ip_policy import is_public
from subtext.intake.http.urls import NOT_PUBLIC, PORTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from types import TracebackType

    from httpcore2 import SOCKET_OPTION, AsyncNetworkStream

    from subtext.domain.host import Address
    from subtext.intake.http.ip_policy import HostAllowlist

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# A host with many dead addresses gets no more of the deadline than this many attempts.
_ADDRESSES_MAX: Final = 4
_CONNECT_TIMEOUT_S: Final = 2.0


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Resolve a name with the system's resolver; raises `socket.gaierror`."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@asynccontextmanager
async def ssrf_guarded_pool(
    private: HostAllowlist, *, resolver: Resolver | None = None, network: AsyncNetworkBackend | None = None
) -> AsyncIterator[AsyncConnectionPool]:
    """Open a pool whose connections are each checked, until the context is left; none serves a second request."""
    async with (
        SsrfGuardedBackend(private, resolver=resolver, network=network) as guarded,
        AsyncConnectionPool(ssl_context=_certificates(), network_backend=guarded, max_keepalive_connections=0) as pool,
    ):
        yield pool


@cache
def _certificates() -> ssl.SSLContext:
    """Load the system's certificates, once and not before they are needed: it takes tens of milliseconds."""
    return ssl.create_default_context()


class SsrfGuardedBackend(AsyncNetworkBackend):
    """Reject with `ForbiddenUrl` every host of which even one address is forbidden, as a network backend of httpcore.

    An async context manager: what it connected is closed at the end, also what a cancelled handshake left open.
    """

    def __init__(
        self, private: HostAllowlist, *, resolver: Resolver | None = None, network: AsyncNetworkBackend | None = None
    ) -> None:
        self._private = private
        self._resolve = resolver or system_resolver
        self._network = network or AnyIOBackend()
        self._streams: list[AsyncNetworkStream] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams:
            await stream.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the pool asks for none: the deadline stands round it all
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to one of the host's checked addresses, tried in turn."""
        addresses = await self._allowed_addresses(host, port)
        failure: ConnectError | ConnectTimeout = ConnectError("no address")
        for address in addresses[:_ADDRESSES_MAX]:
            try:
                stream = await self._network.connect_tcp(
                    str(address), port, _CONNECT_TIMEOUT_S, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                self._streams.append(stream)
                return stream
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - no path is a good one
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - as above
        socket_options: Iterable[SOCKET_OPTION] | None = None,  # noqa: ARG002 - as above
    ) -> AsyncNetworkStream:
        """Reject socket files: no URL leads to one."""
        raise ForbiddenUrl(NOT_PUBLIC, is_private=True)

    async def sleep(self, seconds: float) -> None:
        """Sleep, as the backend below does."""
        await self._network.sleep(seconds)

    async def _allowed_addresses(self, host: str, port: int) -> list[Address]:
        """Return the host's addresses if all of them are allowed: one forbidden address rejects the name."""
        addresses = [parse_ip(answer) for answer in await self._resolve_host(host, port)]
        judged = [address for address in addresses if address is not None and self._is_allowed(address, host, port)]
        if not judged or len(judged) < len(addresses):
            raise ForbiddenUrl(NOT_PUBLIC, is_private=True)
        return judged

    async def _resolve_host(self, host: str, port: int) -> Sequence[str]:
        if parse_ip(host) is not None:
            return [host]
        try:
            return await self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise ConnectError("the name service does not answer") from error
            return ()
        except UnicodeError:
            return ()

    def _is_allowed(self, address: Address, host: str, port: int) -> bool:
        if self._private.allows_host(host, port) or self._private.allows_address(address):
            return True
        return is_public(address) and port in PORTS.values()
