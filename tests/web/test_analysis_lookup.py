from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from subtext.asgi import create_app
from subtext.bootstrap.runtime import open_runtime
from subtext.domain.caller import NO_OWNER
from subtext.errors import AnalysisNotFound, StorageUnavailable
from subtext.schemas.analysis import AnalysisView, links_for
from subtext.services.recent_analyses import RecentAnalyses
from subtext.services.stored_analysis import to_stored_analysis
from subtext.settings import StoreSettings
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.database import open_database
from subtext.web.analysis_lookup import AnalysisLookup
from tests.support.analyses import build_analysis
from tests.support.api import TEXT, client, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

UNSTORED = AnalysisView.of(build_analysis(), include_text=True)
STORED = UNSTORED.model_copy(update={"links": links_for(UNSTORED.id)})


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite:///{tmp_path / 'kept.db'}", migrate=True) as opened:
        yield opened


async def look_up(repository: SqlAnalysisRepository, *recent: AnalysisView) -> AnalysisView:
    """Look the analysis up on a service with this repository, and these analyses in memory."""
    memory = RecentAnalyses()
    for view in recent:
        memory.put(view)
    async with open_runtime(settings()) as analyses:
        return await AnalysisLookup(memory, replace(analyses, repository=repository), NO_OWNER).get(UNSTORED.id)


async def test_a_recent_analysis_comes_with_its_text(database: Database) -> None:
    repository = SqlAnalysisRepository(database)
    without_text = STORED.model_copy(update={"document": STORED.document.model_copy(update={"text": None})})
    await repository.save(to_stored_analysis(without_text, NO_OWNER))

    assert await look_up(repository, STORED) == STORED
    assert (await look_up(repository)).document.text is None


async def test_a_recent_analysis_that_was_deleted_is_unknown(database: Database) -> None:
    with pytest.raises(AnalysisNotFound):
        await look_up(SqlAnalysisRepository(database), STORED)


async def test_a_recent_analysis_that_could_not_be_stored_is_in_memory_alone(database: Database) -> None:
    assert await look_up(SqlAnalysisRepository(database), UNSTORED) == UNSTORED


class Away(SqlAnalysisRepository):
    """A database that is away."""

    async def get(self, owner: Owner, analysis_id: str) -> None:  # type: ignore[override]
        raise StorageUnavailable("away")


async def test_without_the_database_recent_analyses_are_shown_from_memory(database: Database) -> None:
    assert await look_up(Away(database), STORED) == STORED
    with pytest.raises(StorageUnavailable):
        await look_up(Away(database))


def test_the_page_of_an_analysis_goes_with_it(tmp_path: Path) -> None:
    store = StoreSettings(database_url=f"sqlite:///{tmp_path / 'kept.db'}")
    with client(create_app(settings(store=store))) as service:
        form = {"article": TEXT, "engine": "local"}
        page = service.post("/analyses", data=form, follow_redirects=False).headers["location"]
        assert service.get(page).status_code == 200
        assert service.delete(f"/v1{page}").status_code == 204
        assert [service.get(path).status_code for path in (page, f"{page}.json")] == [404, 404]
