"""The composition root: settings become one running whole, opened and closed in one place."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from subtext.analyst.analyst import AUTO, Analyst, Question
from subtext.analyst.keeping import Answer, AnswerKeeper, KeepLimits, key_of
from subtext.analyst.ports import BOTH
from subtext.domain.errors import SettingsInvalid
from subtext.engines.accounting import Prices
from subtext.engines.breaker import BreakerLimits
from subtext.engines.budget import RetryBudget
from subtext.engines.bulkhead import BulkheadLimits
from subtext.engines.calibration_file import read_calibration_file, require_current
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from subtext.analyst.collecting import Quoted
    from subtext.analyst.ports import Clock, Engine, Part, Progress
    from subtext.analyst.storing import AnalysisStore
    from subtext.domain.article import Article
    from subtext.engines.calibration_file import CalibrationEntry
    from subtext.engines.local.framers import Framer
    from subtext.settings import CacheSettings, GuardSettings, LLMSettings, Settings
    from subtext.storage.database import Database
    from subtext.storage.idempotency import SqlRequests

VERSION = version("subtext")


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a surface needs: how articles come in, who reads them, and what can be asked.

    `keeper` is None where no answers are kept; `recipe` stands for all that makes an answer besides the question.
    `default_axis`, `default_engine`, `default_fallback` and `deadline_s` fill in what a caller leaves out.
    """

    reader: Reader
    analyst: Analyst
    keeper: AnswerKeeper | None
    clock: Clock
    recipe: str
    book: PromptBook
    default_axis: str
    default_engine: str
    default_fallback: str
    deadline_s: float

    def question(
        self,
        *,
        axis: str | None = None,
        target: str | None = None,
        engine: str | None = None,
        parts: frozenset[Part] = BOTH,
        fallback: str | None = None,
        samples: int = 1,
    ) -> Question:
        """A question with the defaults filled in; raises `AxisUnknown`."""
        spec = self.book.axis(axis or self.default_axis)
        wanted = self.default_engine if engine in {None, AUTO} else engine
        may_fall_back = (fallback or self.default_fallback) == AUTO
        return Question(spec.axis, parts, target, wanted or AUTO, self.deadline_s, may_fall_back, samples)

    async def answer(
        self,
        article: Article,
        question: Question,
        *,
        owner: str = "",
        keep: bool = True,
        heard: Callable[[tuple[Quoted, ...]], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Answer:
        """The analysis: one that was kept for this owner or is being made, if `keep` allows it, else a new one.

        `heard` is told of what is certain while a long article is read, `on_progress` of how far a model has come; of
        an answer that was kept, or is being made for another caller, there is nothing.
        """
        make = partial(self.analyst.analyse, article, question, heard, on_progress)
        if self.keeper is None or not keep:
            return Answer(await make(), "miss")
        return await self.keeper.answer(key_of(article, question, recipe=self.recipe, owner=owner), make)


@dataclass(frozen=True, slots=True)
class Store:
    """The database and what is kept in it: requests by their keys, and analyses, None where only batches are."""

    database: Database
    analyses: AnalysisStore | None
    requests: SqlRequests
    with_text: bool


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
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
        entries = _calibrations(settings, book, engines["local"].card.model)
        yield Runtime(
            reader=reader,
            analyst=Analyst(engines, clock, tuple(entry.to_map() for entry in entries)),
            keeper=AnswerKeeper(_keep_limits(settings.cache), clock) if settings.cache.enabled else None,
            clock=clock,
            recipe=_recipe(settings, book, [entry.id for entry in entries]),
            book=book,
            default_axis=settings.axis,
            default_engine=settings.engine,
            default_fallback=settings.fallback,
            deadline_s=settings.deadline_s,
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


def _calibrations(settings: Settings, book: PromptBook, local_model: str) -> tuple[CalibrationEntry, ...]:
    """Read the calibration file; raises `SettingsInvalid` if it is none, or stale."""
    if settings.calibration_file is None:
        return ()
    entries = read_calibration_file(settings.calibration_file).calibrations
    models = [llm.model for llm in (settings.llm, settings.llm2) if llm.is_configured and llm.model]
    prompt = book.for_parts(BOTH)
    asked: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    for axis in book.axes():
        asked[("local", local_model, axis.ref)] = axis.sha256, None
        asked |= {("llm", model, axis.ref): (axis.sha256, prompt.digest_with(axis)) for model in models}
    require_current(entries, asked)
    return entries


def _recipe(settings: Settings, book: PromptBook, calibrations: Sequence[str]) -> str:
    """What makes an answer besides article and question, as one line that is never shown."""
    models = settings.model_dump(include={"llm", "llm2", "local"}, exclude={"llm": {"api_key"}, "llm2": {"api_key"}})
    return repr((VERSION, models, [prompt.sha256 for prompt in book.prompts()], calibrations))


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
    servers = [(name, llm) for name, llm in (("llm", settings.llm), ("llm2", settings.llm2)) if llm.is_configured]
    for name, llm in servers:
        provider = _provider(name, llm)
        budget = RetryBudget(clock, share=settings.guard.retry_share)
        patience = _patience(llm, len(servers))
        engine = OpenAICompatibleEngine(provider, patience, book, clock=clock, budget=budget)
        await stack.enter_async_context(engine)
        links.append(Link(guarded(engine, *_limits(settings.guard), clock), provider.prices))
    return FallbackEngine(links, embedded, clock)


def _provider(name: str, llm: LLMSettings) -> Provider:
    api_key = llm.api_key.get_secret_value() if llm.api_key else None
    prices = Prices(llm.price_input, llm.price_output, llm.price_cached, llm.currency)
    return Provider(llm.base_url or "", llm.model or "", api_key, name=name, prices=prices, ca_file=llm.ca_file)


def _patience(llm: LLMSettings, servers: int) -> Patience:
    return Patience(
        max_attempts=llm.max_attempts,
        attempt_timeout_s=llm.attempt_timeout_s,
        max_output_tokens=llm.max_output_tokens,
        max_response_bytes=llm.max_response_bytes,
        passage_tokens=llm.passage_tokens,
        parallel=llm.parallel,
        servers=servers,
    )


def _limits(guard: GuardSettings) -> tuple[BreakerLimits, BulkheadLimits]:
    breaker = BreakerLimits(failures=guard.failures, open_s=guard.open_s, open_max_s=guard.open_max_s)
    return breaker, BulkheadLimits(guard.max_in_flight, guard.queue, guard.queue_wait_s)
