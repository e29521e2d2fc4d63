"""The service of analyses: one analysis of a repeated request, and no work for a request that waits for a slot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import AnalysisFilter, EngineInfo, EngineRequest, EngineResult
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.domain.analysis import Attempt
from subtext.domain.article import Article, Source
from subtext.engines.bulkhead import Bulkhead, BulkheadLimits
from subtext.errors import EngineBadOutput
from subtext.ids import derive_uuid7
from subtext.intake.loader import ArticleLoader
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.analyses import RequestContext
from subtext.services.comparisons import analyze_all
from subtext.settings import StoreSettings
from tests.support.api import ASK, TEXT, settings
from tests.support.fakes import START
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path

# More than a task takes to come to the loader.
ITERATIONS = 10
CONTEXT = RequestContext(MINE, use_cache=False, analysis_id=derive_uuid7(START, "k"))


async def test_a_repeated_request_replaces_the_analyses_that_it_had_stored(tmp_path: Path) -> None:
    store = settings(store=StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}"))
    sources = [AnalysisRequestBody(**ASK), AnalysisRequestBody(**{**ASK, "title": "Another"})]
    async with open_runtime(store) as runtime, open_storage(store) as storage:
        analyses = attach(runtime, storage)
        for _ in range(2):
            result = await analyses.analyze(sources[0], analyses.parse_request(sources[0]), CONTEXT)
            assert result.view.id == CONTEXT.analysis_id
            await analyze_all(analyses, sources, replace(CONTEXT, analysis_id=derive_uuid7(START, "other")))
        stored = await analyses.list(MINE, AnalysisFilter(), before=None, limit=9)
    assert len(stored) == 3


@dataclass
class RecordingLoader(ArticleLoader):
    """Load one article from anywhere, and keep in mind from where."""

    loaded: list[str] = field(default_factory=list)

    async def from_text(self, text: str, *, title: str | None = None, language: str | None = None) -> Article:
        self.loaded.append("text")
        return Article(TEXT, Source("text"))

    async def from_url(self, url: str, *, title: str | None = None, language: str | None = None) -> Article:
        self.loaded.append("url")
        return Article(TEXT, Source("url", url))


@pytest.mark.parametrize(
    ("asked", "before"), [({"text": TEXT}, []), ({"url": "https://post.example/ferry"}, ["url"])], ids=["text", "url"]
)
async def test_a_request_that_waits_for_a_slot_has_cost_no_more_than_its_page(
    asked: dict[str, str], before: list[str]
) -> None:
    loader, bulkhead, body = (
        RecordingLoader(),
        Bulkhead(BulkheadLimits(1, 1)),
        AnalysisRequestBody.model_validate(asked),
    )
    async with open_runtime(settings()) as runtime:
        analyses = replace(runtime, loader=loader, bulkhead=bulkhead)
        async with bulkhead.slot():
            task = asyncio.create_task(analyses.analyze(body, analyses.parse_request(body), RequestContext()))
            for _ in range(ITERATIONS):
                await asyncio.sleep(0)
            assert loader.loaded == before
        await task
    assert loader.loaded == list(asked)


class FailingEngine:
    """Engine whose model answers twice, in vain."""

    info = EngineInfo("failing", "llm", "failing")

    async def read(self, request: EngineRequest) -> EngineResult:
        attempts = (Attempt("bad_output", 200, 0.0, 900, 3_000, 500), Attempt("timed_out", None, 0.0, 900))
        raise EngineBadOutput("the model gave no usable answer", attempts=attempts)


async def test_a_failure_is_metered_once_for_all_who_share_it() -> None:
    body = AnalysisRequestBody(**ASK)
    async with open_runtime(settings()) as runtime:
        analyses = replace(runtime, analyzer=Analyzer({"local": FailingEngine()}, runtime.clock))
        contexts = [RequestContext(), RequestContext()]
        work = [analyses.analyze(body, analyses.parse_request(body), context) for context in contexts]
        failures = await asyncio.gather(*work, return_exceptions=True)
    assert [type(failure) for failure in failures] == [EngineBadOutput, EngineBadOutput]
    assert [context.meter.spent for context in contexts] == [3_500, 0]
