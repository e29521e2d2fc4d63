"""SSRF policy: which IP addresses are never fetched, and the operator's allowlist. Pure: no name is resolved here.

Python's own `is_global` is not enough: depending on its version it lets through NAT64 (64:ff9b::7f00:1), 6to4
(2002:7f00:1::), site-local addresses and multicast, so the lists are our own, each range with its source.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from subtext.domain.host import normalize_host, parse_ip
from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.domain.host import Address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORBIDDEN_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # "this network", RFC 791 section 3.2, RFC 1122 section 3.2.1.3
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # shared by carriers, RFC 6598; 100.100.100.200 is a cloud's metadata service
        "127.0.0.0/8",  # loopback, RFC 1122 section 3.2.1.3
        "168.63.129.16/32",  # a cloud's platform service, reached from inside alone; no RFC, documented by its owner
        "169.254.0.0/16",  # link-local, RFC 3927; 169.254.169.254 is the metadata service of most clouds
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT relays, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, RFC 3068, deprecated by RFC 7526
        "192.168.0.0/16",  # private use, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112 section 4; the broadcast address, RFC 919, is in it
    )
)
# Of IPv6 only global unicast is public (RFC 4291 section 2.4, IANA: 2000::/3). All else is out by that: loopback,
# unspecified, mapped ::ffff:0:0/96 (RFC 4291), NAT64 64:ff9b::/96 and 64:ff9b:1::/48 (RFC 6052, RFC 8215), discard
# 100::/64 (RFC 6666), SRv6 5f00::/16 (RFC 9602), unique local fc00::/7 (RFC 4193), link-local fe80::/10 (RFC 4291),
# site-local fec0::/10 (RFC 3879), multicast ff00::/8 (RFC 4291).
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, RFC 2928: Teredo (RFC 4380), benchmarks (RFC 5180), ORCHID (RFC 7343)
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: carries any IPv4 address
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
)
_HOST_PORT = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/\s]+))(?::(?P<port>\d{1,5}))?")
_PORT_MAX = 65_535


def is_public(address: Address) -> bool:
    """Return whether an address is of the open internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _FORBIDDEN_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _FORBIDDEN_V6)


@dataclass(frozen=True, slots=True)
class HostAllowlist:
    """Allow what an operator names: networks, and hosts with the ports that may be reached there."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str], variable: str = "SUBTEXT_FETCH_PRIVATE_HOSTS") -> Self:
        """Parse entries: `host`, `host:port`, `[v6]:port`, an address or a CIDR.

        Raises `SettingsInvalid`, which names the variable that they come from.
        """
        networks: list[Network] = []
        hosts: set[tuple[str, int | None]] = set()
        for entry in entries:
            network = _network(entry, variable)
            if network is not None:
                networks.append(network)
            else:
                hosts.add(_host(entry, variable))
        return cls(tuple(networks), frozenset(hosts))

    def allows_host(self, host: str, port: int) -> bool:
        """Return whether the operator named this very host, for this port or for all."""
        return not self.hosts.isdisjoint({(normalize_host(host), None), (normalize_host(host), port)})

    def allows_address(self, address: Address) -> bool:
        """Return whether a network that the operator named has the address."""
        return any(address in network for network in self.networks)


def _network(entry: str, variable: str) -> Network | None:
    """Parse an entry as a network; an address alone is a network of one. Host bits that are set are refused."""
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        if "/" in entry:
            raise SettingsInvalid(_unclear(entry, variable)) from None
        return None


def _host(entry: str, variable: str) -> tuple[str, int | None]:
    match = _HOST_PORT.fullmatch(entry)
    if match is None or (match["v6"] and parse_ip(match["v6"]) is None):
        raise SettingsInvalid(_unclear(entry, variable))
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port <= _PORT_MAX:
        raise SettingsInvalid(_unclear(entry, variable))
    return normalize_host(match["v6"] or match["name"]), port


def _unclear(entry: str, variable: str) -> str:
    return f"{variable}: {entry!r} is no host, host:port or network such as 10.1.0.0/16"
