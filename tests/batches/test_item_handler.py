"""The handler of items: what an item refers to is handed back to be stored with it, never stored by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from subtext.analysis.ports import AnalysisFilter
from subtext.batches.worker import BatchItemHandler
from subtext.bootstrap.runtime import attach, open_runtime, open_storage
from subtext.settings import StoreSettings
from tests.support.api import ASK, settings
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_result_brings_the_analysis_that_it_refers_to(tmp_path: Path) -> None:
    store = settings(store=StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}"))
    async with open_runtime(store) as runtime, open_storage(store) as storage:
        analyses = attach(runtime, storage)
        handle = BatchItemHandler(analyses)
        computed, cached = [await handle(json.dumps(ASK), MINE) for _ in range(2)]
        for result in (computed, cached):
            assert result.analysis is not None
            assert json.loads(result.document)["links"]["self"] == f"/v1/analyses/{result.analysis.id}"
        assert json.loads(cached.document)["cache"]["hit"]
        assert await analyses.list(MINE, AnalysisFilter(), before=None, limit=9) == []


async def test_a_failed_item_brings_none(tmp_path: Path) -> None:
    store = settings(store=StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}"))
    async with open_runtime(store) as runtime, open_storage(store) as storage:
        result = await BatchItemHandler(attach(runtime, storage))(json.dumps({"text": " "}), MINE)
    assert result.analysis is None
