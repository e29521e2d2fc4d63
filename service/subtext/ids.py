"""Make identifiers and time stamps, as they appear in answers and logs.

UUIDs of version 7 are made by hand: the standard library has them from Python 3.14 on (`uuid.uuid7`), and a dependency
for twelve lines is not worth its upkeep. Any moment can be given, so that an id sorts by when its analysis was made.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

_RANDOM_BITS = 74


def new_request_id() -> str:
    """Return a request id: `req-` and 96 random bits in hexadecimal."""
    return f"req-{secrets.token_hex(12)}"


def utc_stamp(moment: datetime, precision: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Format a moment of UTC as RFC 3339 does, with `Z` for its zone."""
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def uuid7(created: datetime) -> str:
    """Make a UUID version 7 for a moment (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    return _build_uuid7(int(created.timestamp() * 1000), secrets.randbits(_RANDOM_BITS))


def derive_uuid7(created: datetime, *names: str) -> str:
    """Derive a UUID version 7 from a moment and names (SHA-256): whoever repeats a request makes the same id."""
    return _build_uuid7(int(created.timestamp() * 1000), _digest_bits(*names))


def derive_child_uuid7(parent: str, name: str) -> str:
    """Derive a UUID version 7 from another one, at the same moment."""
    return _build_uuid7(uuid7_milliseconds(parent), _digest_bits(parent, name))


def uuid7_milliseconds(value: str) -> int:
    """Return the moment of a UUID version 7, in Unix milliseconds."""
    return uuid.UUID(value).int >> 80


def _digest_bits(*names: str) -> int:
    digest = hashlib.sha256(repr(names).encode()).digest()
    return int.from_bytes(digest) >> (8 * len(digest) - _RANDOM_BITS)


def _build_uuid7(milliseconds: int, bits: int) -> str:
    high, low = bits >> 62, bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low))
