"""Lingering close: read and discard what a peer still sends after its response, within limits, then close.

A socket that is closed with unread data resets the connection, and the peer loses the response that it has not read
yet. So the sending side is closed first (RFC 9112, section 9.6; `lingering_close` of nginx). uvicorn closes at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class DiscardLimits:
    """Limits of what is read to be discarded: bytes, seconds in all, and seconds without data (nginx has 30 and 5)."""

    max_bytes: int = 64 * 1024 * 1024
    total_s: float = 30.0
    idle_s: float = 5.0


class BoundedDiscard:
    """Count data that is discarded, and call `on_exceeded` once a limit is reached; it keeps none of the data."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: DiscardLimits, on_exceeded: Callable[[], None]) -> None:
        self._loop, self._limits, self._on_exceeded = loop, limits, on_exceeded
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at, self._bytes = 0.0, 0

    @property
    def is_running(self) -> bool:
        """Return whether data is being discarded."""
        return self._timer is not None

    def start(self) -> None:
        """Start to discard; the limits of a discard that runs already stay as they are."""
        if self._timer is None:
            self._ends_at, self._bytes = self._loop.time() + self._limits.total_s, 0
            self._await_data()

    def count(self, size: int) -> None:
        """Count the bytes of data that has arrived."""
        self._bytes += size
        self._await_data()
        if self._bytes > self._limits.max_bytes:
            self._on_exceeded()

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_data(self) -> None:
        self.stop()
        deadline = min(self._loop.time() + self._limits.idle_s, self._ends_at)
        self._timer = self._loop.call_at(deadline, self._on_exceeded)


class LingeringTransport(asyncio.Transport):
    """Transport whose `close` half-closes while `is_receiving()`; the peer or the limits of `discard` end it."""

    def __init__(self, transport: asyncio.Transport, discard: BoundedDiscard, is_receiving: Callable[[], bool]) -> None:
        super().__init__()
        self._transport, self._discard, self._is_receiving = transport, discard, is_receiving
        self._lingers = False

    def close(self) -> None:
        """Close the connection, or its sending side alone while the peer may still be sending."""
        if self._is_receiving():
            self.linger()
        else:
            self._transport.close()

    def linger(self) -> None:
        """Close the sending side, and begin to discard what arrives."""
        if self.is_closing():
            return
        self._lingers = True
        self._discard.start()
        self._transport.resume_reading()
        try:
            self._transport.write_eof()
        except OSError:
            # The peer has reset the connection.
            self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is closed or lingers: nothing more can be sent."""
        return self._lingers or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send data, unless the sending side is closed."""
        if not self.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop reading."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()
