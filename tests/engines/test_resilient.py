"""The guards round an engine: what the breaker hears of a call, and that a place is always given back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from subtext import errors
from subtext.domain.draft import Draft
from subtext.engines.bulkhead import Bulkhead, BulkheadLimits
from subtext.engines.circuit_breaker import BreakerLimits, CircuitBreaker
from subtext.engines.resilient import ResilientEngine, with_resilience
from tests.support.engines import task
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from subtext.analysis.ports import EngineInfo, EngineRequest, EngineResult

INNER = ScriptedEngine(Draft(None, None, None))


@dataclass
class Moody:
    """An engine that fails as it is told, and else answers."""

    error: BaseException | None = None
    calls: int = 0
    info: EngineInfo = field(default_factory=lambda: INNER.info)

    async def read(self, request: EngineRequest) -> EngineResult:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return await INNER.read(request)


def watched(engine: Moody, clock: FakeClock) -> ResilientEngine:
    breaker = CircuitBreaker(BreakerLimits(failures=2), clock, draw=lambda low, _: low)
    return ResilientEngine(engine, breaker, Bulkhead(BulkheadLimits(in_flight=1, queue=0)))


async def test_a_server_that_fails_is_left_alone_and_found_again() -> None:
    engine, clock = Moody(errors.EngineServerError("down")), FakeClock()
    guard = watched(engine, clock)
    for _ in range(2):
        with pytest.raises(errors.EngineServerError):
            await guard.read(task())
    with pytest.raises(errors.EngineUnavailable):
        await guard.read(task())
    assert engine.calls == 2

    engine.error = None
    clock.elapsed += 15.0
    await guard.read(task())
    await guard.read(task())

    assert engine.calls == 4


@pytest.mark.parametrize("error", [asyncio.CancelledError(), errors.UnsupportedLanguage("x")], ids=repr)
async def test_a_probe_that_tells_nothing_is_followed_by_another(error: BaseException) -> None:
    engine, clock = Moody(errors.EngineMisconfigured("key")), FakeClock()
    guard = watched(engine, clock)
    with pytest.raises(errors.EngineMisconfigured):
        await guard.read(task())
    clock.elapsed += 60.0
    engine.error = error
    with pytest.raises(type(error)):
        await guard.read(task())

    engine.error = None
    await guard.read(task())

    assert engine.calls == 3


def test_it_shows_the_card_of_the_engine() -> None:
    assert watched(Moody(), FakeClock()).info is INNER.info


async def test_each_engine_has_guards_of_its_own_and_their_state_is_logged() -> None:
    engine = Moody(errors.EngineMisconfigured("key"))
    one, other = (with_resilience(engine, BreakerLimits(), BulkheadLimits(), FakeClock()) for _ in range(2))

    with capture_logs() as logged:
        for guard in (one, other):
            with pytest.raises(errors.EngineMisconfigured):
                await guard.read(task())

    assert engine.calls == 2
    told = [(line["event"], line["state"], line["reason"]) for line in logged]
    assert told == [("breaker", "open", "engine_misconfigured")] * 2
