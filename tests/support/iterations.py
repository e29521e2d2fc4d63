"""Iterations: how far the event loop has come, as a measure of order that no busy machine changes."""

from __future__ import annotations

import asyncio


class Iterations:
    """Count the iterations of the running event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self.count += 1
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def stop(self) -> None:
        """Stop counting."""
        self._handle.cancel()
