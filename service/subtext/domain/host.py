"""Hosts of this machine."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone: `localhost`, or a loopback address (RFC 6890).

    What only resolves to such an address is not: a resolver may say something else tomorrow.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
