"""Open the analysis service: intake, engines and cache, and the database that stores analyses."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.cache import AnalysisCache, CacheLimits
from subtext.analysis.fair_queue import FairQueue
from subtext.bootstrap.calibrations import read_calibrations
from subtext.bootstrap.engines import build_engines
from subtext.clock import SystemClock
from subtext.errors import AxisNotFound, SettingsInvalid
from subtext.intake.limits import ExtractLimits, FetchLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from subtext.prompts.registry import PromptRegistry, default_root
from subtext.services.analyses import AnalysisDefaults, AnalysisService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from subtext.analysis.ports import AnalysisRepository
    from subtext.engines.bulkhead import Bulkhead
    from subtext.settings import CacheSettings, Settings
    from subtext.storage.database import Database
    from subtext.storage.idempotency import SqlIdempotencyRepository

VERSION = version("subtext")


@dataclass(frozen=True, slots=True)
class Storage:
    """Hold the database and its repositories; `analyses` is None if only batches are stored."""

    database: Database
    analyses: AnalysisRepository | None
    requests: SqlIdempotencyRepository
    stores_text: bool


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[AnalysisService]:
    """Open the analysis service, without storage; raises `PromptInvalid` or `SettingsInvalid`."""
    async with AsyncExitStack() as stack:
        roots = [default_root(), *([settings.prompts_dir] if settings.prompts_dir else [])]
        prompts = PromptRegistry.load(roots)
        _require_axis(prompts, settings.axis)
        clock, turns = SystemClock(), FairQueue()
        loader = await stack.enter_async_context(ArticleLoader(intake_limits(settings), turns=turns))
        engines = await build_engines(settings, prompts, clock, turns, stack)
        entries = read_calibrations(settings, prompts, engines["local"].info.model)
        yield AnalysisService(
            loader=loader,
            analyzer=Analyzer(engines, clock, tuple(entry.to_map() for entry in entries), turns),
            prompts=prompts,
            clock=clock,
            defaults=AnalysisDefaults(settings.axis, settings.engine, settings.fallback, settings.deadline_s),
            config_fingerprint=_config_fingerprint(settings, prompts, [entry.id for entry in entries]),
            cache=AnalysisCache(_cache_limits(settings.cache), clock) if settings.cache.enabled else None,
        )


def _require_axis(prompts: PromptRegistry, ref: str) -> None:
    try:
        prompts.axis(ref)
    except AxisNotFound as error:
        raise SettingsInvalid(f"SUBTEXT_AXIS: {error.detail}") from error


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage | None]:
    """Open the database and its repositories; None if nothing is stored. Raises `SettingsInvalid`."""
    store = settings.store
    if not store.enabled and not settings.batches.enabled:
        yield None
        return
    # Late imports: commands that store nothing start faster without the database libraries.
    from subtext.storage.analyses import SqlAnalysisRepository  # noqa: PLC0415
    from subtext.storage.background import prune_periodically  # noqa: PLC0415
    from subtext.storage.database import open_database  # noqa: PLC0415
    from subtext.storage.idempotency import SqlIdempotencyRepository  # noqa: PLC0415

    async with open_database(store.database_url, migrate=store.migrate) as database, AsyncExitStack() as stack:
        analyses = SqlAnalysisRepository(database)
        stack.push_async_callback(analyses.close)
        clock = SystemClock()
        if store.retention_days is not None:
            await stack.enter_async_context(prune_periodically(analyses, timedelta(days=store.retention_days), clock))
        requests = SqlIdempotencyRepository(database, clock)
        retention = timedelta(hours=settings.idempotency.keep_hours)
        await stack.enter_async_context(prune_periodically(requests, retention, clock))
        yield Storage(database, analyses if store.enabled else None, requests, stores_text=store.text)


def attach(analyses: AnalysisService, storage: Storage | None, bulkhead: Bulkhead | None = None) -> AnalysisService:
    """Return the same service with a storage and a bulkhead."""
    if storage is None:
        return replace(analyses, bulkhead=bulkhead)
    return replace(analyses, bulkhead=bulkhead, repository=storage.analyses, stores_text=storage.stores_text)


def _config_fingerprint(settings: Settings, prompts: PromptRegistry, calibrations: Sequence[str]) -> str:
    """Return all that determines an answer besides article and request, as one line that is never shown."""
    models = settings.model_dump(include={"llm", "llm2", "local"}, exclude={"llm": {"api_key"}, "llm2": {"api_key"}})
    return repr((VERSION, models, [prompt.sha256 for prompt in prompts.prompts()], calibrations))


def _cache_limits(cache: CacheSettings) -> CacheLimits:
    return CacheLimits(cache.ttl_s, cache.max_entries, cache.max_chars)


def intake_limits(settings: Settings) -> IntakeLimits:
    """Return the limits of the settings for whatever comes in."""
    fetch, extract = settings.fetch, settings.extract
    return IntakeLimits(
        max_text_chars=settings.max_text_chars,
        fetch=FetchLimits(fetch.enabled, fetch.private_hosts, fetch.deadline_s, fetch.max_bytes),
        extract=ExtractLimits(extract.deadline_s, extract.max_html_bytes, extract.memory_bytes, extract.workers),
    )
