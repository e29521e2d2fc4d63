"""Analyze articles for every surface: loading, cache, load limits, deadline, tokens, saving and links, each once."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from subtext.analysis.cache import CachedAnalysis, cache_key
from subtext.analysis.ports import ALL_PARTS, StoredAnalysis
from subtext.analysis.request import AUTO, AnalysisRequest
from subtext.domain.caller import NO_OWNER
from subtext.errors import EngineError, StorageDisabled
from subtext.schemas.analysis import NO_LINKS, AnalysisView, CacheView, links_for
from subtext.schemas.article import DocumentView, WarningView
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.progress_events import ProgressEvents, progress_event
from subtext.services.stored_analysis import to_stored_analysis
from subtext.services.token_meter import TokenMeter
from subtext.storage.background import log_step_failure
from subtext.telemetry.analysis_metrics import record_analysis

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from subtext.analysis.analyzer import Analyzer
    from subtext.analysis.cache import AnalysisCache, CacheStatus
    from subtext.analysis.evidence_builder import GroundedQuote
    from subtext.analysis.ports import AnalysisFilter, AnalysisPart, AnalysisRepository, EngineInfo, Progress
    from subtext.clock import Clock
    from subtext.domain.analysis import Analysis
    from subtext.domain.article import Article
    from subtext.domain.caller import Owner
    from subtext.engines.bulkhead import Bulkhead
    from subtext.intake.loader import ArticleLoader
    from subtext.prompts.registry import PromptRegistry
    from subtext.schemas.requests import ArticleSource
    from subtext.services.progress_events import ProgressEvent

    OnPartial = Callable[[tuple[GroundedQuote, ...]], None]

_NOT_STORED = WarningView(
    code="not_stored",
    message="the database did not take this analysis: it is whole, but cannot be asked for again",
    pointer="/links/self",
    range=None,
)


@dataclass(frozen=True, slots=True)
class AnalysisDefaults:
    """Defaults for what a request leaves out; `deadline_s` is the longest time for one analysis (seconds)."""

    axis: str
    engine: str
    fallback: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Say for whom an analysis is made, and how.

    `low_priority` lets other requests go first and waits for a place without limit; `meter` counts the tokens.
    `on_progress` is called with the progress of a model; an analysis from the cache has none. `defer_saving` receives
    the analysis in place of the repository: its caller stores it in one transaction with what refers to it.
    `analysis_id` is the id of a new analysis: a request that is repeated after a crash replaces what it had stored.
    `published_at` is the article's date as the caller knows it, for an article that does not say its own.
    """

    owner: Owner = NO_OWNER
    request_id: str | None = None
    use_cache: bool = True
    low_priority: bool = False
    meter: TokenMeter = field(default_factory=TokenMeter)
    on_progress: Callable[[Progress], None] | None = None
    defer_saving: Callable[[StoredAnalysis], None] | None = None
    analysis_id: str | None = None
    published_at: str | None = None


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """Pair an analysis with whether it came from the cache; `document` is its JSON if it has been made."""

    view: AnalysisView
    cache_status: CacheStatus
    document: str | None = None

    def to_json(self) -> str:
        """Return the analysis as JSON."""
        return self.view.model_dump_json() if self.document is None else self.document


@dataclass(frozen=True, slots=True)
class AnalysisService:
    """Analyze articles, and find, list and delete stored analyses.

    `config_fingerprint` identifies all that determines an answer besides the request. Without `cache`, `bulkhead` or
    `repository` nothing is cached, limited or stored; `stores_text` says whether texts are stored with the analyses.
    """

    loader: ArticleLoader
    analyzer: Analyzer
    prompts: PromptRegistry
    clock: Clock
    defaults: AnalysisDefaults
    config_fingerprint: str
    cache: AnalysisCache | None = None
    bulkhead: Bulkhead | None = None
    repository: AnalysisRepository | None = None
    stores_text: bool = False

    @property
    def engines(self) -> tuple[EngineInfo, ...]:
        """Return the engines that requests can name, the preferred one first."""
        return self.analyzer.engines

    def build_request(
        self,
        *,
        axis: str | None = None,
        target: str | None = None,
        engine: str | None = None,
        parts: frozenset[AnalysisPart] = ALL_PARTS,
        fallback: str | None = None,
        samples: int = 1,
    ) -> AnalysisRequest:
        """Build a request with the defaults filled in; raises `AxisNotFound`."""
        spec = self.prompts.axis(axis or self.defaults.axis)
        chosen = self.defaults.engine if engine in {None, AUTO} else engine
        may_fall_back = (fallback or self.defaults.fallback) == AUTO
        return AnalysisRequest(
            spec.axis, parts, target, chosen or AUTO, self.defaults.deadline_s, may_fall_back, samples
        )

    def parse_request(self, body: ArticleSource, parts: frozenset[AnalysisPart] = ALL_PARTS) -> AnalysisRequest:
        """Build the request that a body asks for; raises `AxisNotFound`."""
        if not isinstance(body, AnalysisRequestBody):
            return self.build_request(engine=body.engine, parts=parts, fallback=body.fallback)
        return self.build_request(
            axis=body.axis,
            target=body.target,
            engine=body.engine,
            parts=parts,
            fallback=body.fallback,
            samples=body.samples,
        )

    async def _load_article(self, body: ArticleSource, context: RequestContext) -> Article:
        """Load the article from the one source that a body gives; raises `InvalidInput` or `IntakeError`.

        One without a date gets the one that the caller knows.
        """
        if body.url is not None:
            article = await self.loader.from_url(body.url, title=body.title, language=body.language)
        elif body.html is not None:
            article = await self.loader.from_html(body.html, title=body.title, language=body.language)
        else:
            article = await self.loader.from_text(body.text or "", title=body.title, language=body.language)
        if context.published_at is None or article.published_at is not None:
            return article
        return replace(article, published_at=context.published_at)

    async def analyze_article(
        self, article: Article, request: AnalysisRequest, context: RequestContext, on_partial: OnPartial | None = None
    ) -> CachedAnalysis:
        """Analyze a loaded article, or return the analysis from the cache; raises `EngineError`.

        `on_partial` is called with the quotes that are certain after each part of a long article.
        """
        compute = partial(self._compute, article, request, context, on_partial)
        if self.cache is None or not context.use_cache:
            answer = CachedAnalysis(await compute(), "miss")
        else:
            key = cache_key(article, request, config_fingerprint=self.config_fingerprint, owner=context.owner)
            answer = await self.cache.get_or_compute(key, compute)
        record_analysis(answer.analysis, answer.status)
        return answer

    async def _compute(
        self, article: Article, request: AnalysisRequest, context: RequestContext, on_partial: OnPartial | None
    ) -> Analysis:
        """Analyze an article, and meter what it costs, a failure too: who shares the analysis pays nothing."""
        try:
            analysis = await self.analyzer.analyze(article, request, on_partial, context.on_progress)
        except EngineError as error:
            context.meter.record(sum(attempt.total_tokens for attempt in error.attempts))
            raise
        context.meter.record(analysis.provenance.usage.total_tokens)
        return analysis if context.analysis_id is None else replace(analysis, id=context.analysis_id)

    async def analyze(self, body: ArticleSource, request: AnalysisRequest, context: RequestContext) -> AnalysisResult:
        """Load, analyze and store one article; raises what its steps raise."""
        answer = await self._load_and_analyze(body, request, context)
        return await self._present(answer, body, context)

    async def _load_and_analyze(
        self,
        body: ArticleSource,
        request: AnalysisRequest,
        context: RequestContext,
        events: ProgressEvents | None = None,
    ) -> CachedAnalysis:
        """Load and analyze one article in a slot of the bulkhead: who waits for one, or gets none, has cost nothing.

        A page is fetched before, since a slow site must hold no slot.
        """
        fetched = None if body.url is None else await self._load_article(body, context)
        async with self.bulkhead.slot(low_priority=context.low_priority) if self.bulkhead else nullcontext():
            article = fetched or await self._load_article(body, context)
            if events is not None:
                events.add_article(article)
            on_partial = None if events is None else events.add_quotes
            return await self.analyze_article(article, request, _with_cache_option(context, body), on_partial)

    async def stream(
        self, body: ArticleSource, request: AnalysisRequest, context: RequestContext
    ) -> AsyncGenerator[ProgressEvent]:
        """Load, analyze and store one article, and yield progress: the document, certain quotes, then the result."""
        yield progress_event("status", stage="reading_article")
        queue: asyncio.Queue[ProgressEvent | None] = asyncio.Queue()
        events = ProgressEvents(queue.put_nowait, self.clock)
        observed = replace(context, on_progress=events.add)
        analysis_task = asyncio.create_task(self._load_and_analyze(body, request, observed, events))
        analysis_task.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
            yield "result", (await self._present(await analysis_task, body, context)).to_json()
        finally:
            analysis_task.cancel()

    async def list(
        self, owner: Owner, filters: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        """List an owner's stored analyses, newest first; raises `StorageDisabled`."""
        return await self.require_repository().list_analyses(owner, filters, before=before, limit=limit)

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """Return a stored analysis; raises `AnalysisNotFound` or `StorageDisabled`."""
        return await self.require_repository().get(owner, analysis_id)

    async def delete(self, owner: Owner, analysis_id: str) -> None:
        """Delete a stored analysis with its feedback and copies, in the cache too; raises `AnalysisNotFound`."""
        await self.require_repository().delete(owner, analysis_id)
        if self.cache is not None:
            self.cache.invalidate(analysis_id)

    def require_repository(self) -> AnalysisRepository:
        """Return the repository; raises `StorageDisabled` if nothing is stored."""
        if self.repository is None:
            raise StorageDisabled("this service keeps no analyses: set SUBTEXT_STORE_ENABLED=true")
        return self.repository

    async def _present(self, answer: CachedAnalysis, body: ArticleSource, context: RequestContext) -> AnalysisResult:
        """Build the view, and save it if analyses are stored: only then it has links."""
        view = AnalysisView.of(
            answer.analysis,
            request_id=context.request_id,
            include_text="text" in body.include,
            cache=CacheView(hit=answer.status == "hit", age_s=answer.age_s),
            links=NO_LINKS if self.repository is None else links_for(answer.analysis.id),
        )
        # A hit that is stored by its caller, too: whoever computed it may have died before it was stored.
        if self.repository is None or (answer.status == "hit" and context.defer_saving is None):
            return AnalysisResult(view, answer.status)
        return await self._save(self.repository, answer, view, context)

    async def _save(
        self, repository: AnalysisRepository, answer: CachedAnalysis, view: AnalysisView, context: RequestContext
    ) -> AnalysisResult:
        """Save the analysis before responding; if that fails, add a warning, and take the links back.

        Response and store share one JSON, unless the text of the article is in one of them alone.
        """
        stored = view
        if (view.document.text is not None) != self.stores_text:
            document = DocumentView.of(answer.analysis.article, include_text=self.stores_text)
            stored = view.model_copy(update={"document": document})
        row = to_stored_analysis(stored, context.owner)
        try:
            if context.defer_saving is None:
                await repository.save(row)
            else:
                context.defer_saving(row)
        except Exception as error:  # noqa: BLE001 - the analysis was paid for: a mistake of ours must not lose it
            log_step_failure("not_stored", error)
        else:
            return AnalysisResult(view, answer.status, row.document if stored is view else None)
        unlinked = {"links": NO_LINKS, "warnings": [*view.warnings, _NOT_STORED]}
        return AnalysisResult(view.model_copy(update=unlinked), answer.status)


def _with_cache_option(context: RequestContext, body: ArticleSource) -> RequestContext:
    """Return the context without the cache if the body asks for a new analysis."""
    return context if body.cache == "default" else replace(context, use_cache=False)
