"""The service of analyses: a request that is made again after a crash leaves one analysis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.analysis.ports import AnalysisFilter
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.ids import derive_uuid7
from subtext.schemas.requests import AnalysisRequestBody
from subtext.services.analyses import RequestContext
from subtext.services.comparisons import analyze_all
from subtext.settings import StoreSettings
from tests.support.api import ASK, settings
from tests.support.fakes import START
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path

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
