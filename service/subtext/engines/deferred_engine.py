"""Deferred engine: build an engine when it is first asked, not when the service starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, Self

from subtext.analysis.ports import Engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from subtext.analysis.ports import EngineInfo, EngineRequest, EngineResult


class ManagedEngine(Engine, Protocol):
    """An engine that owns connections, and closes them as an async context manager does."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""


class DeferredEngine:
    """Lazy engine: the first request builds it in a thread, and others wait for that; an async context manager.

    `info` is what is known of the engine before it is built.
    """

    def __init__(self, info: EngineInfo, build: Callable[[], ManagedEngine]) -> None:
        self._info, self._build = info, build
        self._building: asyncio.Future[ManagedEngine] | None = None
        self._engine: ManagedEngine | None = None

    @property
    def info(self) -> EngineInfo:
        """Return the engine's info."""
        return self._info if self._engine is None else self._engine.info

    async def read(self, request: EngineRequest) -> EngineResult:
        """Build the engine if necessary, and return its draft."""
        engine = self._engine or await self._load()
        return await engine.read(request)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._building is not None:
            await (await self._building).__aexit__(kind, error, trace)

    async def _load(self) -> ManagedEngine:
        if self._building is None:
            self._building = asyncio.ensure_future(asyncio.to_thread(self._build))
        # A request that is cancelled leaves the engine to those that wait for it too.
        self._engine = await asyncio.shield(self._building)
        return self._engine
