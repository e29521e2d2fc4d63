"""How long a test waits for something before it counts as missing."""

from __future__ import annotations

GIVE_UP_S = 300.0
"""Seconds. It only ends a test that hangs: no machine is so busy that what is waited for takes so long."""
