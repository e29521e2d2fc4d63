"""An engine behind its guards: a place at the bulkhead, then the breaker, then the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from subtext.domain.errors import EngineFailed
from subtext.engines.breaker import Breaker
from subtext.engines.bulkhead import Bulkhead

if TYPE_CHECKING:
    from subtext.analyst.ports import Clock, Engine, EngineCard, Reading, Task
    from subtext.engines.breaker import BreakerLimits, State
    from subtext.engines.bulkhead import BulkheadLimits

_log = structlog.get_logger("subtext.engine")


class GuardedEngine:
    """The port `Engine` around an engine that asks a server; refuses at once what the server could not answer."""

    def __init__(self, engine: Engine, breaker: Breaker, bulkhead: Bulkhead) -> None:
        self._engine, self._breaker, self._bulkhead = engine, breaker, bulkhead

    @property
    def card(self) -> EngineCard:
        """The card of the engine behind the guards."""
        return self._engine.card

    async def read(self, task: Task) -> Reading:
        """A draft of the parts asked for; raises at once if the server is busy, or left alone after a failure."""
        async with self._bulkhead.place():
            turn = self._breaker.admit()
            try:
                reading = await self._engine.read(task)
            except EngineFailed as error:
                self._breaker.failed(turn, error)
                raise
            except BaseException:
                # Cancelled, or refused before any call: nothing is known of the server.
                self._breaker.abandoned(turn)
                raise
            self._breaker.succeeded(turn)
            return reading


def guarded(engine: Engine, breaker: BreakerLimits, bulkhead: BulkheadLimits, clock: Clock) -> GuardedEngine:
    """An engine behind guards of its own, whose changes of state are logged."""
    name = engine.card.name

    def watch(state: State) -> None:
        _log.warning("breaker", engine=name, state=state, reason=circuit.reason)

    circuit = Breaker(breaker, clock, watch=watch)
    return GuardedEngine(engine, circuit, Bulkhead(bulkhead))
