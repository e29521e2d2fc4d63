"""How long a test waits for something, or computes, before that counts as missing."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

GIVE_UP_S = 300.0
"""Seconds. It only ends a test that hangs: no machine is so busy that what is waited for takes so long."""

CPU_S = 60
"""Seconds of the processor. What is linear takes one or two; what is quadratic in the same text takes hours."""


@contextmanager
def cpu_limit(seconds: float = CPU_S) -> Iterator[None]:
    """Fail a test whose own process computes for longer, which would hang; what other processes take does not count."""

    def fail(_: int, __: FrameType | None) -> None:
        pytest.fail(f"it has computed for {seconds:g} s: its time is not linear")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
