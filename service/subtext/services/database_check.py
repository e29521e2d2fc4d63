"""Check of the database for probes: asked at most once in a while, and waited for shortly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from subtext.errors import StorageUnavailable
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from subtext.clock import Clock

_CACHED_S: Final = 10.0
# Within the two seconds that the probe of `deploy/kubernetes` waits.
_WAIT_S: Final = 1.0
# How long the end of the service waits for a question: longer than SQLite waits for a lock.
_CLOSE_S: Final = 12.0


class DatabaseCheck:
    """Know whether the database can be written, by `require_writable`, which raises `StorageUnavailable`.

    While it does not answer, no second question is asked: probes hold one connection, whatever their number.
    """

    def __init__(
        self, require_writable: Callable[[], Awaitable[None]], clock: Clock, *, wait_s: float = _WAIT_S
    ) -> None:
        self._require_writable, self._clock, self._wait_s = require_writable, clock, wait_s
        self._asking: asyncio.Task[bool] | None = None
        self._fresh_until = clock.monotonic()

    async def is_up(self) -> bool:
        """Return whether the database could be written when asked last, at most 10 s ago; False without an answer."""
        if self._asking is None or (self._asking.done() and self._clock.monotonic() >= self._fresh_until):
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        await asyncio.wait({asking}, timeout=self._wait_s)
        return asking.done() and asking.result()

    async def close(self) -> None:
        """Wait for the question that was asked last: its connection is closed only when it ends."""
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=_CLOSE_S)

    async def _ask(self) -> bool:
        try:
            await self._require_writable()
        except StorageUnavailable:
            return False
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not make the service unready
            log_failure("database_check_failed", error)
            return False
        finally:
            self._fresh_until = self._clock.monotonic() + _CACHED_S
        return True
