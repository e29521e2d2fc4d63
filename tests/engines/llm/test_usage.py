from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from subtext import errors
from subtext.domain.analysis import Attempt
from subtext.engines.llm.model_endpoint import ModelEndpoint
from subtext.engines.llm.usage import Prices, price_warnings, total_usage
from tests.support.engines import PROVIDER, URL, completion, engine, good_draft, task

if TYPE_CHECKING:
    import respx

    from tests.support.fakes import FakeClock


PRICES = Prices(2.0, 10.0, 0.5, "EUR")


def attempt(read: int | None, written: int | None, cached: int | None = None) -> Attempt:
    return Attempt("ok", 200, 0.0, 10, read, written, cached)


@dataclass(frozen=True)
class Case:
    id: str
    attempts: tuple[Attempt, ...]
    cost: float | None
    prices: Prices = PRICES


@pytest.mark.parametrize(
    "case",
    [
        Case("one attempt", (attempt(1_000_000, 100_000),), 3.0),
        Case("failed ones cost too", (attempt(1_000_000, 0), attempt(1_000_000, 100_000)), 5.0),
        Case("cached tokens", (attempt(1_000_000, 0, 400_000),), 1.4),
        Case("cached at the price of others", (attempt(1_000_000, 0, 400_000),), 2.0, Prices(2.0, 10.0)),
        Case("more cached than read", (attempt(1_000, 0, 9_000),), 0.0005),
        Case("a connection that was refused", (attempt(None, None), attempt(1_000_000, 0)), 2.0),
        Case("a free model", (attempt(5, 5),), 0.0, Prices(0.0, 0.0)),
        Case("no counts", (attempt(None, None),), None),
        Case("no price", (attempt(5, 5),), None, Prices()),
        Case("no attempt", (), None),
    ],
    ids=lambda case: case.id,
)
def test_the_cost_is_that_of_all_tokens(case: Case) -> None:
    usage = total_usage(case.attempts, case.prices)

    assert usage.cost == case.cost
    assert (usage.currency is None) == (case.cost is None)
    assert [warning.code for warning in price_warnings(usage)] == ([] if case.cost is not None else ["price_unknown"])


async def test_an_answer_says_what_it_cost(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=httpx.Response(200, json=completion(good_draft())))

    async with engine(clock, provider=ModelEndpoint(URL, "m", prices=Prices(2.0, 10.0, 1.0, "CHF"))) as llm:
        reading = await llm.read(task())

    assert reading.provenance.usage.cost == pytest.approx((200 * 2 + 1_000 * 1 + 300 * 10) / 1e6)
    assert reading.provenance.usage.currency == "CHF"
    assert reading.warnings == ()


async def test_a_cost_that_is_not_known_is_said_to_be_unknown(server: respx.Route, clock: FakeClock) -> None:
    server.mock(return_value=httpx.Response(200, json=completion(good_draft())))

    async with engine(clock, provider=PROVIDER) as llm:
        reading = await llm.read(task())

    assert reading.provenance.usage.cost is None
    assert [(warning.code, warning.pointer) for warning in reading.warnings] == [("price_unknown", "/usage/cost")]


async def test_a_failure_carries_what_was_tried(server: respx.Route, clock: FakeClock) -> None:
    server.mock(side_effect=[httpx.Response(503), httpx.Response(200, json=completion("no")), httpx.Response(401)])

    async with engine(clock) as llm:
        with pytest.raises(errors.EngineMisconfigured) as caught:
            await llm.read(task())

    attempts = caught.value.attempts
    assert [attempt.outcome for attempt in attempts] == ["overloaded", "no_json", "unauthorized"]
    assert [attempt.output_tokens for attempt in attempts] == [None, 300, None]
