"""The composition root: settings become one running whole, opened and closed in one place."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from subtext.analyst.analyst import Analyst
from subtext.analyst.keeping import AnswerKeeper, KeepLimits
from subtext.clock import SystemClock
from subtext.domain.errors import SettingsInvalid
from subtext.engines.accounting import Prices
from subtext.engines.breaker import BreakerLimits
from subtext.engines.budget import RetryBudget
from subtext.engines.bulkhead import Bulkhead, BulkheadLimits
from subtext.engines.fallback import FallbackEngine, Link
from subtext.engines.guarded import guarded
from subtext.engines.local.engine import LocalEngine
from subtext.engines.local.framers import WordFramer
from subtext.engines.openai_compatible import OpenAICompatibleEngine
from subtext.engines.provider import Patience, Provider
from subtext.intake.limits import ExtractLimits, FetchLimits, ReadLimits
from subtext.intake.reader import Reader
from subtext.jobs.limits import BatchPlan, JobLimits
from subtext.prompting.registry import PromptBook, shipped_root
from subtext.services.analyses import AnalysisDefaults, AnalysisService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.analyst.ports import Clock, Engine
    from subtext.analyst.storing import AnalysisStore
    from subtext.engines.local.framers import Framer
    from subtext.settings import CacheSettings, GuardSettings, LLMSettings, Settings
    from subtext.storage.database import Database
    from subtext.storage.idempotency import SqlRequests

VERSION = version("subtext")


@dataclass(frozen=True, slots=True)
class Store:
    """The database and what is kept in it: requests by their keys, and analyses, None where only batches are."""

    database: Database
    analyses: AnalysisStore | None
    requests: SqlRequests
    with_text: bool


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[AnalysisService]:
    """The running whole, until the context is left; raises `PromptInvalid` or `SettingsInvalid`."""
    async with AsyncExitStack() as stack:
        roots = [shipped_root(), *([settings.prompts_dir] if settings.prompts_dir else [])]
        book = PromptBook.load(roots)
        book.axis(settings.axis)
        clock = SystemClock()
        reader = await stack.enter_async_context(Reader(_read_limits(settings)))
        engines: dict[str, Engine] = {"local": LocalEngine(_framer(settings.local.scorer))}
        if settings.llm.is_configured:
            engines = {"llm": await _chain(settings, book, clock, engines["local"], stack), **engines}
        yield AnalysisService(
            loader=reader,
            analyst=Analyst(engines, clock),
            prompts=book,
            clock=clock,
            defaults=AnalysisDefaults(settings.axis, settings.engine, settings.fallback, settings.deadline_s),
            config_fingerprint=_recipe(settings, book),
            cache=AnswerKeeper(_keep_limits(settings.cache), clock) if settings.cache.enabled else None,
        )


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store | None]:
    """The database and the analyses in it; None where nothing is kept there. Raises `SettingsInvalid`."""
    found = settings.store
    if not found.enabled and not settings.batches.enabled:
        yield None
        return
    # Commands that keep nothing do not pay for what a database brings.
    from subtext.storage.analyses import SqlAnalyses  # noqa: PLC0415
    from subtext.storage.idempotency import SqlRequests  # noqa: PLC0415
    from subtext.storage.opening import open_database  # noqa: PLC0415
    from subtext.storage.retention import forgetting  # noqa: PLC0415

    async with open_database(found.database_url, migrate=found.migrate) as database, AsyncExitStack() as stack:
        analyses = SqlAnalyses(database)
        stack.push_async_callback(analyses.close)
        clock = SystemClock()
        if found.retention_days is not None:
            await stack.enter_async_context(forgetting(analyses, timedelta(days=found.retention_days), clock))
        requests = SqlRequests(database, clock)
        kept_for = timedelta(hours=settings.idempotency.keep_hours)
        await stack.enter_async_context(forgetting(requests, kept_for, clock))
        yield Store(database, analyses if found.enabled else None, requests, with_text=found.text)


def with_storage(analyses: AnalysisService, store: Store | None, bulkhead: Bulkhead | None = None) -> AnalysisService:
    """The same service over a store, and behind a bulkhead."""
    if store is None:
        return replace(analyses, bulkhead=bulkhead)
    return replace(analyses, bulkhead=bulkhead, repository=store.analyses, stores_text=store.with_text)


def batch_plan(settings: Settings) -> BatchPlan | None:
    """How much of batches is worked on at a time; None where none are taken."""
    found = settings.batches
    if not found.enabled:
        return None
    limits = JobLimits(found.parallel, found.parallel_over_all, found.per_second)
    days = settings.store.retention_days
    return BatchPlan(limits, work=found.work, kept_for=None if days is None else timedelta(days=days))


def _framer(scorer: str) -> Framer:
    """What judges framing in the embedded engine; raises `SettingsInvalid` where the encoder is asked for in vain."""
    if scorer == "words":
        return WordFramer()
    try:
        from subtext.engines.local.trained.framer import shipped  # noqa: PLC0415 - an extra, and slow to import

        return shipped()
    except (ImportError, OSError) as error:
        if scorer == "encoder":
            raise SettingsInvalid(
                "SUBTEXT_LOCAL_SCORER=encoder needs what the extra has: pip install 'subtext[encoder]', or set `words`"
            ) from error
        return WordFramer()


def _recipe(settings: Settings, book: PromptBook) -> str:
    """What makes an answer besides article and question, as one line that is never shown."""
    models = settings.model_dump(include={"llm", "llm2", "local"}, exclude={"llm": {"api_key"}, "llm2": {"api_key"}})
    return repr((VERSION, models, [prompt.sha256 for prompt in book.prompts()]))


def _keep_limits(cache: CacheSettings) -> KeepLimits:
    return KeepLimits(cache.ttl_s, cache.max_entries, cache.max_chars)


def _read_limits(settings: Settings) -> ReadLimits:
    fetch, extract = settings.fetch, settings.extract
    return ReadLimits(
        max_text_chars=settings.max_text_chars,
        fetch=FetchLimits(**fetch.model_dump()),
        extract=ExtractLimits(**extract.model_dump()),
    )


async def _chain(
    settings: Settings, book: PromptBook, clock: Clock, embedded: Engine, stack: AsyncExitStack
) -> FallbackEngine:
    """The configured servers in order, each behind guards of its own, and the embedded engine after them."""
    links = []
    for name, llm in (("llm", settings.llm), ("llm2", settings.llm2)):
        if llm.is_configured:
            provider = _provider(name, llm)
            budget = RetryBudget(clock, share=settings.guard.retry_share)
            engine = OpenAICompatibleEngine(provider, _patience(llm), book, clock=clock, budget=budget)
            await stack.enter_async_context(engine)
            links.append(Link(guarded(engine, *_limits(settings.guard), clock), provider.prices))
    return FallbackEngine(links, embedded, clock)


def _provider(name: str, llm: LLMSettings) -> Provider:
    api_key = llm.api_key.get_secret_value() if llm.api_key else None
    prices = Prices(llm.price_input, llm.price_output, llm.price_cached, llm.currency)
    return Provider(base_url=llm.base_url or "", model=llm.model or "", api_key=api_key, name=name, prices=prices)


def _patience(llm: LLMSettings) -> Patience:
    return Patience(
        max_attempts=llm.max_attempts,
        attempt_timeout_s=llm.attempt_timeout_s,
        max_output_tokens=llm.max_output_tokens,
        max_response_bytes=llm.max_response_bytes,
        passage_tokens=llm.passage_tokens,
        parallel=llm.parallel,
    )


def _limits(guard: GuardSettings) -> tuple[BreakerLimits, BulkheadLimits]:
    breaker = BreakerLimits(failures=guard.failures, open_s=guard.open_s, open_max_s=guard.open_max_s)
    return breaker, BulkheadLimits(guard.max_in_flight, guard.queue, guard.queue_wait_s)
