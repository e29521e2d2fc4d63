"""Forgetting what is old, beside the work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import structlog

from subtext.domain.errors import StoreUnavailable
from subtext.storage.holding import alongside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime, timedelta

    from subtext.analyst.ports import Clock

_EVERY_S = 3_600.0
_log = structlog.get_logger("subtext.store")


class Forgetful(Protocol):
    """A store of what need not be kept for ever. Raises `StoreUnavailable`."""

    async def forget_before(self, moment: datetime) -> int:
        """How much was forgotten because it is older."""


@asynccontextmanager
async def forgetting(
    store: Forgetful, age: timedelta, clock: Clock, *, every_s: float = _EVERY_S
) -> AsyncIterator[None]:
    """Forget what is of this age, at once and every hour, until the context is left."""
    async with alongside(_forget(store, age, clock, every_s)):
        yield


async def _forget(store: Forgetful, age: timedelta, clock: Clock, every_s: float) -> None:
    while True:
        try:
            if forgotten := await store.forget_before(clock.now() - age):
                _log.info("forgotten", what=type(store).__name__, count=forgotten)
        except StoreUnavailable as error:
            _log.warning("not_forgotten", code=error.code)
        await asyncio.sleep(every_s)
