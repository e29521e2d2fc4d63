"""Make identifiers and time stamps, as they appear in answers and logs.

UUIDs of version 7 are made by hand: the standard library has them from Python 3.14 on (`uuid.uuid7`), and a dependency
for twelve lines is not worth its upkeep. Any moment can be given, so that an id sorts by when its analysis was made.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


def new_request_id() -> str:
    """Return a request id: `req-` and 96 random bits in hexadecimal."""
    return f"req-{secrets.token_hex(12)}"


def utc_stamp(moment: datetime, precision: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Format a moment of UTC as RFC 3339 does, with `Z` for its zone."""
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


_RANDOM_BITS = 74


def uuid7(created: datetime) -> str:
    """Make a UUID version 7 for a moment (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = int(created.timestamp() * 1000)
    random = secrets.randbits(_RANDOM_BITS)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low))
