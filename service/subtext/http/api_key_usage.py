"""Last use of API keys: recorded in memory, and written for all keys at once now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from subtext.clock import Clock

_log = structlog.get_logger("subtext.keys")


class ApiKeyUsageRepository(Protocol):
    """Store when keys were used last; raises `StorageUnavailable`."""

    async def record_use(self, used_at: Mapping[str, datetime]) -> None:
        """Record the last use of keys by their ids, unless a later one is recorded."""


class ApiKeyUsage:
    """Remember when each key was used last until `flush` writes it, so that no request waits for the database."""

    def __init__(self, keys: ApiKeyUsageRepository, clock: Clock) -> None:
        self._keys, self._clock = keys, clock
        self._used_at: dict[str, datetime] = {}

    def record(self, key_id: str) -> None:
        """Record that a key is used now."""
        self._used_at[key_id] = self._clock.now()

    async def flush(self) -> None:
        """Write what was recorded; after a failure of the database it is written with the next."""
        used_at, self._used_at = self._used_at, {}
        if not used_at:
            return
        try:
            await self._keys.record_use(used_at)
        except StorageUnavailable as error:
            self._used_at = {**used_at, **self._used_at}
            _log.warning("key_use_not_recorded", code=error.code)
