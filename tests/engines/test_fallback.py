"""The chain: who is asked after whom, with how much time, and what the answer says of those who failed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from subtext import errors
from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.domain.analysis import Attempt, EngineUsed, Provenance, Usage
from subtext.domain.article import Language
from subtext.domain.draft import Draft
from subtext.engines.fallback import ChainedEngine, FallbackEngine
from subtext.engines.llm.usage import Prices
from subtext.engines.local.engine import LocalEngine
from tests.support.engines import article, task
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from subtext.analysis.ports import Engine, EngineRequest

LATE = Attempt("timed_out", None, 0.0, 900, 1_000, 100, 0)
DOWN = Attempt("connect_failed", None, 0.5, 3)
GOOD = Attempt("ok", 200, 0.0, 700, 2_000, 300, 0)
PRICES = Prices(1.0, 10.0)


@dataclass
class Server:
    """An engine that fails as it is told, and else answers with what it cost; it takes its time."""

    name: str
    error: errors.SubtextError | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    takes_s: float = 0.0
    tasks: list[EngineRequest] = field(default_factory=list)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(self.name, "llm", f"{self.name}-model")

    async def read(self, request: EngineRequest) -> EngineResult:
        self.tasks.append(request)
        await self.clock.sleep(self.takes_s)
        if self.error is not None:
            raise self.error
        usage = Usage(2_000, 300, 0, (GOOD,), 0.005, "USD")
        return EngineResult(Draft(None, None, None), Provenance(EngineUsed("llm", self.info.model), None, usage))


def late() -> errors.EngineError:
    return errors.EngineTimedOut("too late", attempts=(LATE,))


def down() -> errors.EngineError:
    return errors.EngineUnavailable("not there", retry_after_s=7.0, attempts=(DOWN,))


def chain(*servers: Server, embedded: Engine | None = None, clock: FakeClock | None = None) -> FallbackEngine:
    links = [ChainedEngine(server, PRICES) for server in servers]
    return FallbackEngine(links, embedded or LocalEngine(monotonic=FakeClock().monotonic), clock or FakeClock())


def codes(reading: EngineResult) -> list[str]:
    return [warning.code for warning in reading.warnings]


async def test_an_engine_that_answers_answers_alone() -> None:
    first, second = Server("first"), Server("second")

    reading = await chain(first, second).read(task())

    assert reading == await first.read(task())
    assert second.tasks == []


async def test_the_next_server_answers_in_place_of_one_that_fails() -> None:
    reading = await chain(Server("first", late()), Server("second")).read(task())

    assert codes(reading) == ["provider_replaced", "engine_timed_out"]
    engine, usage = reading.provenance.engine, reading.provenance.usage
    assert (engine.model, engine.degraded_from) == ("second-model", None)
    assert usage.attempts == (LATE, GOOD)
    assert (usage.input_tokens, usage.output_tokens) == (3_000, 400)
    assert usage.cost == pytest.approx(0.002 + 0.005)
    assert usage.currency == "USD"


async def test_the_embedded_engine_answers_where_no_server_does() -> None:
    reading = await chain(Server("first", down()), Server("second", late())).read(task())

    assert codes(reading)[:2] == ["degraded", "engine_unavailable"]
    engine = reading.provenance.engine
    assert (engine.kind, engine.degraded_from) == ("local", "first")
    assert reading.provenance.usage.attempts == (DOWN, LATE)
    assert reading.provenance.usage.cost == pytest.approx(0.002)
    assert reading.draft.framing is not None


async def test_a_server_that_was_never_reached_cost_nothing() -> None:
    usage = (await chain(Server("first", down())).read(task())).provenance.usage

    assert (usage.input_tokens, usage.cost) == (0, None)


async def test_never_means_that_no_other_engine_is_asked() -> None:
    first, second = Server("first", late()), Server("second")

    with pytest.raises(errors.EngineTimedOut):
        await chain(first, second).read(replace(task(), fallback=False))

    assert second.tasks == []
    assert first.tasks[0].deadline == task().deadline


@dataclass(frozen=True)
class Limit:
    id: str
    task: EngineRequest


@pytest.mark.parametrize(
    "limit",
    [
        Limit("another axis", task(axis="victim-villain")),
        Limit("another language", replace(task(), article=replace(article(), language=Language("fr", None)))),
        Limit("no time left", replace(task(), deadline=0.0)),
    ],
    ids=lambda limit: limit.id,
)
async def test_what_the_embedded_engine_cannot_do_leaves_the_first_failure(limit: Limit) -> None:
    with pytest.raises(errors.EngineUnavailable) as caught:
        await chain(Server("first", down()), Server("second", late())).read(limit.task)

    assert caught.value.retry_after_s == 7.0
    assert caught.value.attempts == (DOWN, LATE)


async def test_an_input_that_no_engine_could_take_is_not_passed_on() -> None:
    second = Server("second")

    with pytest.raises(errors.UnsupportedAxis):
        await chain(Server("first", errors.UnsupportedAxis("x")), second).read(task())

    assert second.tasks == []


@dataclass(frozen=True)
class Share:
    id: str
    seconds: float
    first_takes_s: float
    deadlines: tuple[float, float, float]
    """Until when the first, the second and the embedded engine may take."""


@pytest.mark.parametrize(
    "share",
    [
        Share("each as much, and a second for the embedded one", 31.0, 15.0, (15.0, 30.0, 31.0)),
        Share("what one leaves, the next may use", 31.0, 1.0, (15.0, 30.0, 31.0)),
        Share("half of a short time", 1.0, 0.25, (0.25, 0.625, 1.0)),
    ],
    ids=lambda share: share.id,
)
async def test_no_engine_uses_up_the_time_of_those_after_it(share: Share) -> None:
    clock = FakeClock()
    first = Server("first", down(), clock, share.first_takes_s)
    second, embedded = Server("second", down()), Server("local")

    await chain(first, second, embedded=embedded, clock=clock).read(replace(task(), deadline=share.seconds))

    assert tuple(server.tasks[0].deadline for server in (first, second, embedded)) == share.deadlines


def test_it_is_named_after_the_first() -> None:
    assert chain(Server("first"), Server("second")).info == Server("first").info
