"""The history is read a page at a time: nothing is lost or told twice, also at the edge of a page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.ports import AnalysisFilter
from subtext.ids import uuid7
from subtext.services.history_export import iterate_history
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.database import open_database
from tests.support.builders import build_stored_analysis
from tests.support.fakes import START
from tests.support.owners import MINE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("count", [0, 3, 4, 5, 8])
async def test_every_analysis_comes_once_and_newest_first(count: int, tmp_path: Path) -> None:
    ids = [uuid7(START + timedelta(seconds=number)) for number in range(count)]
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as database:
        repository = SqlAnalysisRepository(database)
        for number, analysis_id in enumerate(ids):
            await repository.save(build_stored_analysis(number, id=analysis_id, owner=MINE))

        listed = [stored.id async for stored in iterate_history(repository, MINE, AnalysisFilter(), 4)]

    assert listed == ids[::-1]
