"""Identifiers and time stamps as they appear in answers and logs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


def new_request_id() -> str:
    """Return a request id: `req-` and 96 random bits in hexadecimal."""
    return f"req-{secrets.token_hex(12)}"


def utc_stamp(moment: datetime, precision: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Format a moment of UTC as RFC 3339 does, with `Z` for its zone."""
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
