"""Metrics of engines: what was asked of a model's server and what became of it, with respx in front of the SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import respx

from subtext.engines.bulkhead import BulkheadLimits
from subtext.engines.circuit_breaker import BreakerLimits
from subtext.engines.fallback import ChainedEngine, FallbackEngine
from subtext.engines.llm.model_endpoint import ModelEndpoint
from subtext.engines.llm.usage import Prices
from subtext.engines.resilient import with_resilience
from subtext.errors import EngineError
from subtext.telemetry.request_record import start_record
from tests.support.engines import KEY, URL, completion, engine, good_draft, task
from tests.support.fakes import FakeClock
from tests.support.http_mock import HTTPCore2Mocker
from tests.support.metrics import scrape_process

if TYPE_CHECKING:
    from collections.abc import Callable


PROVIDER = ModelEndpoint(URL, "some-model", KEY, name="metered", prices=Prices(2.0, 8.0, currency="EUR"))
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 500}


async def test_an_attempt_is_counted_with_its_outcome_tokens_and_cost(grown: Callable[..., float]) -> None:
    answers = [respx.MockResponse(503), respx.MockResponse(200, json=completion(good_draft(), usage=USAGE))]
    record = start_record()
    with respx.mock(using=HTTPCore2Mocker.name) as server:
        server.post(f"{URL}/chat/completions").mock(side_effect=answers)
        async with engine(FakeClock(), provider=PROVIDER) as metered:
            await metered.read(task())

    labels = {"provider": "metered", "model": "some-model"}
    assert grown("subtext_upstream_requests_total", outcome="ok", **labels) == 1
    assert grown("subtext_upstream_requests_total", outcome="overloaded", **labels) == 1
    assert grown("subtext_upstream_retries_total", provider="metered") == 1
    assert grown("subtext_upstream_retries_total", provider="metered", reason="overloaded") == 1
    assert grown("subtext_upstream_duration_seconds_count", provider="metered") == 2
    assert grown("subtext_upstream_tokens_total", provider="metered", direction="input") == 1_000
    assert grown("subtext_upstream_tokens_total", provider="metered", direction="output") == 500
    assert grown("subtext_upstream_cost_total", provider="metered", currency="EUR") == pytest.approx(0.006)
    assert (record.tokens, record.cost, record.upstream_ms) == (1_500, 0.006, 0)


async def test_a_reading_that_fails_costs_what_it_cost(grown: Callable[..., float]) -> None:
    with respx.mock(using=HTTPCore2Mocker.name) as server:
        server.post(f"{URL}/chat/completions").respond(200, json=completion("no JSON here", usage=USAGE))
        async with engine(FakeClock(), provider=PROVIDER) as metered:
            with pytest.raises(EngineError):
                await metered.read(task())

    attempts = grown("subtext_upstream_requests_total", provider="metered", outcome="no_json")
    assert attempts > 1
    assert grown("subtext_upstream_tokens_total", direction="output") == 500 * attempts


async def test_the_breaker_shows_its_state() -> None:
    def state() -> float:
        return scrape_process().value("subtext_breaker_state", provider="metered")

    clock = FakeClock()
    with respx.mock(using=HTTPCore2Mocker.name) as server:
        route = server.post(f"{URL}/chat/completions").mock(return_value=respx.MockResponse(401))
        async with engine(clock, provider=PROVIDER) as metered:
            guarded = with_resilience(metered, BreakerLimits(jitter=0.0), BulkheadLimits(), clock)
            closed = state()
            with pytest.raises(EngineError):
                await guarded.read(task())
            opened = state()
            await clock.sleep(61.0)
            route.mock(return_value=respx.MockResponse(200, json=completion(good_draft())))
            await guarded.read(task(seconds=clock.monotonic() + 30.0))

    assert (closed, opened, state()) == (0, 2, 0)


async def test_whoever_stands_in_is_counted_with_what_failed(grown: Callable[..., float]) -> None:
    second = ModelEndpoint(f"{URL}/second", "other-model", KEY, name="second")
    clock = FakeClock()
    with respx.mock(using=HTTPCore2Mocker.name) as server:
        server.post(f"{URL}/chat/completions").respond(401)
        server.post(f"{URL}/second/chat/completions").respond(200, json=completion(good_draft()))
        async with engine(clock, provider=PROVIDER) as first, engine(clock, provider=second) as other:
            chain = FallbackEngine([ChainedEngine(first), ChainedEngine(other)], other, clock)
            await chain.read(task())

    assert grown("subtext_fallback_total", engine="second", reason="engine_misconfigured") == 1
