"""Trusted reverse proxies: read X-Forwarded-For, -Proto, -Host and -Prefix, from their addresses alone.

uvicorn's own middleware knows neither -Host nor -Prefix, and believes a scheme and an address that it has not parsed.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING, Final, Self

from subtext.domain.host import parse_ip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from starlette.types import Scope

    from subtext.domain.host import Address

_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}/?")
_WITH_PORT: Final = re.compile(r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::\d+)?|(?P<v4>[0-9.]+)(?::\d+)?")
_ADDRESSES_MAX: Final = 1_024
# Path below which a proxy serves the pages, for the links of the page that is being rendered; empty without one.
path_prefix: ContextVar[str] = ContextVar("path_prefix", default="")


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """Describe a request as a trusted proxy received it; None: the proxy does not say."""

    client: str | None = None
    scheme: str | None = None
    host: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Hold the networks of proxies whose headers are believed; nobody is trusted unless named."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, networks: Iterable[str]) -> Self:
        """Parse addresses and networks in CIDR notation; raises `ValueError`."""
        return cls(tuple(ip_network(network) for network in networks))

    def trusts(self, address: str) -> bool:
        """Return whether an address is a trusted proxy's."""
        parsed = _parse_address(address)
        return parsed is not None and any(parsed in network for network in self.networks)

    def read(self, scope: Scope) -> ForwardedRequest | None:
        """Read the forwarded headers of a request; None if its sender is no trusted proxy.

        A proxy appends to what its client sent, so only the last value is its own; of the addresses, the last that
        is no trusted proxy's.
        """
        peer = scope.get("client")
        if peer is None or not self.trusts(peer[0]):
            return None
        values: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name.startswith(b"x-forwarded-"):
                values.setdefault(name, []).extend(value.decode("latin-1").split(","))
        return ForwardedRequest(
            client=self._find_client(values.get(b"x-forwarded-for", [])),
            scheme=_scheme(_last(values, b"x-forwarded-proto")),
            host=_last(values, b"x-forwarded-host"),
            prefix=_normalize_prefix(_last(values, b"x-forwarded-prefix")),
        )

    def _find_client(self, hops: list[str]) -> str | None:
        client = None
        for hop in reversed(hops):
            address = _parse_hop(hop.strip())
            # What stands before something that is no address was not written by a proxy of ours.
            if address is None:
                break
            client = str(address)
            if not any(address in network for network in self.networks):
                break
        return client


def _last(values: Mapping[bytes, list[str]], name: bytes) -> str | None:
    return values[name][-1].strip() if name in values else None


def _scheme(value: str | None) -> str | None:
    scheme = (value or "").lower()
    return scheme if scheme in {"http", "https"} else None


def _normalize_prefix(value: str | None) -> str:
    """Return a prefix without its last slash; empty if it is malformed, or leads anywhere else."""
    return value.rstrip("/") if value and _PREFIX.fullmatch(value) else ""


def _parse_hop(hop: str) -> Address | None:
    match = _WITH_PORT.fullmatch(hop)
    return _parse_address(hop if match is None else match["v6"] or match["v4"])


@lru_cache(_ADDRESSES_MAX)
def _parse_address(address: str) -> Address | None:
    """Parse an address; one of IPv4 that a dual-stack socket shows as IPv6 is what it stands for."""
    parsed = parse_ip(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
