"""Build the language models that the settings name, each behind its own bulkhead and circuit breaker."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from subtext.analysis.ports import EngineInfo
from subtext.engines.bulkhead import BulkheadLimits
from subtext.engines.circuit_breaker import BreakerLimits
from subtext.engines.deferred_engine import DeferredEngine
from subtext.engines.fallback import ChainedEngine, FallbackEngine
from subtext.engines.llm.capabilities import Capabilities
from subtext.engines.llm.model_endpoint import ModelEndpoint, RequestLimits
from subtext.engines.llm.tls import load_tls_context
from subtext.engines.llm.usage import Prices
from subtext.engines.resilient import with_resilience

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from subtext.analysis.fair_queue import FairQueue
    from subtext.analysis.ports import Engine
    from subtext.clock import Clock
    from subtext.engines.llm.engine import OpenAICompatibleEngine
    from subtext.prompts.registry import PromptRegistry
    from subtext.settings import LLMSettings, ResilienceSettings, Settings


async def build_llm_engine(
    settings: Settings,
    prompts: PromptRegistry,
    clock: Clock,
    turns: FairQueue,
    embedded: Engine,
    stack: AsyncExitStack,
) -> FallbackEngine:
    """Build the fallback chain: the configured servers in order, each with its own guards, then the embedded engine.

    Raises `SettingsInvalid` if the certificates of one cannot be read.
    """
    links = []
    servers = [(name, llm) for name, llm in (("llm", settings.llm), ("llm2", settings.llm2)) if llm.is_configured]
    for name, llm in servers:
        endpoint = _model_endpoint(name, llm)
        load_tls_context(endpoint)
        build = partial(
            _build_engine, endpoint, _request_limits(llm, len(servers)), prompts, clock, turns, settings.guard
        )
        engine = await stack.enter_async_context(DeferredEngine(_engine_info(endpoint), build))
        links.append(
            ChainedEngine(with_resilience(engine, *_resilience_limits(settings.guard), clock), endpoint.prices)
        )
    return FallbackEngine(links, embedded, clock)


def _engine_info(endpoint: ModelEndpoint) -> EngineInfo:
    return EngineInfo(endpoint.name, "llm", endpoint.model, output_mode=Capabilities().mode)


def _build_engine(
    endpoint: ModelEndpoint,
    limits: RequestLimits,
    prompts: PromptRegistry,
    clock: Clock,
    turns: FairQueue,
    guard: ResilienceSettings,
) -> OpenAICompatibleEngine:
    # Late imports: the SDK takes a third of the start to load, and nobody needs it before the first request.
    from subtext.engines.llm.engine import OpenAICompatibleEngine  # noqa: PLC0415
    from subtext.engines.llm.retries import RetryBudget  # noqa: PLC0415

    budget = RetryBudget(clock, share=guard.retry_share)
    return OpenAICompatibleEngine(endpoint, limits, prompts, clock=clock, budget=budget, turns=turns)


def _model_endpoint(name: str, llm: LLMSettings) -> ModelEndpoint:
    api_key = llm.api_key.get_secret_value() if llm.api_key else None
    prices = Prices(llm.price_input, llm.price_output, llm.price_cached, llm.currency)
    return ModelEndpoint(llm.base_url or "", llm.model or "", api_key, name=name, prices=prices, ca_file=llm.ca_file)


def _request_limits(llm: LLMSettings, servers: int) -> RequestLimits:
    return RequestLimits(
        max_attempts=llm.max_attempts,
        attempt_timeout_s=llm.attempt_timeout_s,
        max_output_tokens=llm.max_output_tokens,
        max_response_bytes=llm.max_response_bytes,
        passage_tokens=llm.passage_tokens,
        parallel=llm.parallel,
        servers=servers,
    )


def _resilience_limits(guard: ResilienceSettings) -> tuple[BreakerLimits, BulkheadLimits]:
    breaker = BreakerLimits(failures=guard.failures, open_s=guard.open_s, open_max_s=guard.open_max_s)
    return breaker, BulkheadLimits(guard.max_in_flight, guard.queue, guard.queue_wait_s)
