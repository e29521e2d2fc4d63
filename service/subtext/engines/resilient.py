"""Resilience for an engine that asks a server: bulkhead, then circuit breaker, then the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from subtext.engines.bulkhead import Bulkhead
from subtext.engines.circuit_breaker import CircuitBreaker
from subtext.errors import EngineError
from subtext.telemetry.engine_metrics import set_breaker_state

if TYPE_CHECKING:
    from subtext.analysis.ports import Engine, EngineInfo, EngineRequest, EngineResult
    from subtext.clock import Clock
    from subtext.engines.bulkhead import BulkheadLimits
    from subtext.engines.circuit_breaker import BreakerLimits, State

_log = structlog.get_logger("subtext.engine")


class ResilientEngine:
    """Wrap an engine that asks a server: reject at once what the server could not answer."""

    def __init__(self, engine: Engine, breaker: CircuitBreaker, bulkhead: Bulkhead) -> None:
        self._engine, self._breaker, self._bulkhead = engine, breaker, bulkhead

    @property
    def info(self) -> EngineInfo:
        """Return the wrapped engine's info."""
        return self._engine.info

    async def read(self, request: EngineRequest) -> EngineResult:
        """Return a draft of the parts asked for; raises at once if the bulkhead is full or the breaker open."""
        async with self._bulkhead.slot():
            turn = self._breaker.before_call()
            try:
                reading = await self._engine.read(request)
            except EngineError as error:
                self._breaker.failed(turn, error)
                raise
            except BaseException:
                # Cancelled, or refused before any call: nothing is known of the server.
                self._breaker.cancelled(turn)
                raise
            self._breaker.succeeded(turn)
            return reading


def with_resilience(engine: Engine, breaker: BreakerLimits, bulkhead: BulkheadLimits, clock: Clock) -> ResilientEngine:
    """Wrap an engine with a bulkhead and a circuit breaker of its own; the breaker's state is logged and measured."""
    name = engine.info.name

    def watch(state: State) -> None:
        set_breaker_state(name, state)
        _log.warning("breaker", engine=name, state=state, reason=circuit.reason)

    set_breaker_state(name, "closed")
    circuit = CircuitBreaker(breaker, clock, on_change=watch)
    return ResilientEngine(engine, circuit, Bulkhead(bulkhead))
