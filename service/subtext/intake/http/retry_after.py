"""Parse Retry-After (RFC 9110 section 10.2.3), for sites, receivers of webhooks and model servers alike."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_S: Final = 86_400.0
# ASCII digits, and the fraction that some servers send against the RFC.
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def parse_positive(value: str) -> float | None:
    """Return a number above 0, infinite if it has too many digits; None for anything else."""
    text = value.strip()
    number = float(text) if _NUMBER.fullmatch(text) else 0.0
    return number if number > 0 else None


def parse_retry_after(headers: Mapping[str, str], now: datetime, *, max_s: float = math.inf) -> float | None:
    """Return the seconds that a server asks to wait; None if it asks for none that make sense.

    `headers` have lower-case names. A date counts from the server's own Date if it sends one: clocks differ. A date in
    the past, 0 and a wait above `max_s` ask for no particular wait.
    """
    value = headers.get("retry-after", "")
    seconds = parse_positive(value) or _seconds_until(value, _date(headers.get("date", "")) or now)
    return seconds if seconds is not None and 0 < seconds <= max_s else None


def _seconds_until(value: str, now: datetime) -> float | None:
    date = _date(value)
    return None if date is None else (date - now).total_seconds()


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
