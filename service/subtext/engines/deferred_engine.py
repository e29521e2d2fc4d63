"""Deferred engine: build an engine when it is first asked, not when the service starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, Self

from subtext.analysis.ports import Engine
from subtext.errors import EngineMisconfigured
from subtext.logs import log_failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from subtext.analysis.ports import EngineInfo, EngineRequest, EngineResult

_NOT_BUILT = (
    "what calls the model's server cannot be loaded: install Subtext anew; `engine_not_built` in the service's log has "
    "the place"
)


class ManagedEngine(Engine, Protocol):
    """An engine that owns connections, and closes them as an async context manager does."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""


class DeferredEngine:
    """Lazy engine: the first request builds it in a thread, and others wait for that; an async context manager.

    If it cannot be built, they get `EngineMisconfigured`, and the next request builds it anew: the circuit breaker
    around it makes the pause. `info` is what is known of the engine before it is built.
    """

    def __init__(self, info: EngineInfo, build: Callable[[], ManagedEngine]) -> None:
        self._info, self._build = info, build
        self._building: asyncio.Task[ManagedEngine | None] | None = None
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
        if self._building is not None and (engine := await self._building) is not None:
            await engine.__aexit__(kind, error, trace)

    async def _load(self) -> ManagedEngine:
        if self._building is None or (self._building.done() and self._engine is None):
            self._building = asyncio.create_task(self._try_to_build())
        # A request that is cancelled leaves the engine to those that wait for it too.
        engine = await asyncio.shield(self._building)
        if engine is None:
            raise EngineMisconfigured(_NOT_BUILT)
        return engine

    async def _try_to_build(self) -> ManagedEngine | None:
        try:
            self._engine = await asyncio.to_thread(self._build)
        except Exception as error:  # noqa: BLE001 - whatever a damaged installation makes of an import
            log_failure("engine_not_built", error, engine=self._info.name)
        return self._engine
