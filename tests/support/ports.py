"""Ports for processes that must be told theirs: free, and none that the system gives to somebody else meanwhile.

A port that was bound as 0 and released comes from the range from which the system also serves outgoing connections, and
every other test that binds 0. Ports below that range are given to nobody who does not ask for them.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_LOWEST = 20_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 200


def find_unused_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    highest = int(_RANGE.read_text(encoding="ascii").split()[0]) if _RANGE.exists() else 32_768
    # Each process draws its own: a seed that a test sets must not give all of them the same.
    draw = random.SystemRandom()
    for _ in range(_TRIES):
        port = draw.randrange(_LOWEST, highest)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port was found")
