"""Hosts by their names alone: addresses, loopback, and names set apart. No name is resolved here."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Names that stand for this machine or its surroundings: RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa),
# RFC 7686 (onion), and internal, which ICANN keeps for private use.
_PRIVATE_NAMES: Final = re.compile(r"(?:^|\.)(?:localhost|local|internal|home\.arpa|onion)$")


def parse_ip(host: str) -> Address | None:
    """Return the address that a host is if it is written as one in its usual form, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def normalize_host(host: str) -> str:
    """Return a host as it is compared: in lower case, without the dot of the root."""
    return host.lower().rstrip(".")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone: `localhost`, or a loopback address (RFC 6890).

    What only resolves to such an address is not: a resolver may say something else tomorrow.
    """
    address = parse_ip(host)
    return host == "localhost" if address is None else address.is_loopback


def is_private_name(host: str) -> bool:
    """Return whether a name is set apart for this machine or its own network."""
    return _PRIVATE_NAMES.search(normalize_host(host)) is not None
