"""The clock: time as a seam, so that tests need not wait, and the machine's own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tell the time: of day for stamps, and monotonic for durations and deadlines."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow; their zero means nothing."""


class SystemClock:
    """Tell the machine's own time."""

    def now(self) -> datetime:
        """Return the time of day in UTC, as the machine has it."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()
