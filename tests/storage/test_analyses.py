"""The store of analyses, on each kind of database: owners apart, pages that do not move, nothing kept twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtext.analysis.ports import AnalysisFilter, Feedback, StoredAnalysis
from subtext.domain.caller import Owner
from subtext.errors import AnalysisNotFound, StorageUnavailable
from subtext.ids import uuid7
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.database import Database, parse_url
from tests.support.builders import build_stored_analysis
from tests.support.fakes import START
from tests.support.owners import MINE, THEIRS

if TYPE_CHECKING:
    from pathlib import Path


def said(about: StoredAnalysis, number: int = 0, **changes: Any) -> Feedback:
    moment = START + timedelta(minutes=number)
    return replace(Feedback(uuid7(moment), about.id, about.owner, moment, "wrong", "mixed", "not so"), **changes)


async def test_what_is_kept_comes_back_as_it_was(database: Database) -> None:
    store, one = SqlAnalysisRepository(database), build_stored_analysis()
    await store.save(one)
    await store.save(replace(one, document="other"))
    assert await store.get(MINE, one.id) == one


async def test_an_analysis_made_again_under_its_id_replaces_the_earlier_one_of_its_owner(database: Database) -> None:
    store, one = SqlAnalysisRepository(database), build_stored_analysis()
    later = replace(one, created_at=one.created_at + timedelta(seconds=1), document="later")
    await store.save(one)
    await store.save(replace(later, owner=THEIRS))
    assert await store.get(MINE, one.id) == one
    await store.save(later)
    await store.save(one)
    assert await store.get(MINE, one.id) == later


async def test_what_is_not_the_owners_does_not_exist(database: Database) -> None:
    store, one = SqlAnalysisRepository(database), build_stored_analysis()
    await store.save(one)
    with pytest.raises(AnalysisNotFound):
        await store.get(THEIRS, one.id)
    with pytest.raises(AnalysisNotFound):
        await store.delete(THEIRS, one.id)
    with pytest.raises(AnalysisNotFound):
        await store.add_feedback(said(replace(one, owner=THEIRS)))
    assert await store.list_analyses(THEIRS, AnalysisFilter(), before=None, limit=9) == []


async def test_what_many_want_kept_at_a_time_is_kept(database: Database) -> None:
    store, many = SqlAnalysisRepository(database), [build_stored_analysis(number) for number in range(450)]
    await asyncio.gather(*(store.save(one) for one in many))
    await store.close()
    assert await store.list_analyses(MINE, AnalysisFilter(), before=None, limit=1_000) == many[::-1]


async def test_a_label_may_be_as_long_as_the_id_of_a_pole(database: Database) -> None:
    store, label = SqlAnalysisRepository(database), "d" * 64
    one = build_stored_analysis(label=label)
    await store.save(one)
    await store.add_feedback(said(one, label=label))
    assert [(feedback.label, analysis.label) async for feedback, analysis in store.feedback(MINE)] == [(label, label)]


async def test_one_that_goes_away_takes_nothing_from_the_others(database: Database) -> None:
    store, first, second = SqlAnalysisRepository(database), build_stored_analysis(0), build_stored_analysis(1)
    leaving, staying = asyncio.create_task(store.save(first)), asyncio.create_task(store.save(second))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert await store.list_analyses(MINE, AnalysisFilter(), before=None, limit=9) == [second, first]


@dataclass(frozen=True)
class Filtered:
    id: str
    wanted: AnalysisFilter
    found: list[int]


FILTERS = [
    Filtered("label", AnalysisFilter(label="mixed"), [1]),
    Filtered("outlet, whatever its case", AnalysisFilter(outlet="ÉCHO DU PORT"), [2]),
    Filtered("target, whatever its case", AnalysisFilter(target="orlan freight"), [3, 2, 0]),
    Filtered("names with what PostgreSQL stores not", AnalysisFilter(target="Nord\0 Line", label="mixed\0"), [1]),
    Filtered("nothing but that", AnalysisFilter(outlet="\0"), []),
    Filtered("engine", AnalysisFilter(engine="llm"), [3]),
    Filtered(
        "since and until",
        AnalysisFilter(since=START + timedelta(minutes=1), until=START + timedelta(minutes=3)),
        [2, 1],
    ),
    Filtered("confidence", AnalysisFilter(min_confidence=0.8), [2, 1, 0]),
    Filtered("all of it", AnalysisFilter(label="desperation", engine="local", min_confidence=0.81), []),
]


@pytest.mark.parametrize("case", FILTERS, ids=lambda case: case.id)
async def test_a_list_has_what_fits_every_filter(database: Database, case: Filtered) -> None:
    store = SqlAnalysisRepository(database)
    kept = [
        build_stored_analysis(0),
        build_stored_analysis(1, label="mixed", target="Nord Line"),
        build_stored_analysis(2, outlet="Écho du Port"),
        build_stored_analysis(3, engine="llm", confidence=None),
    ]
    await asyncio.gather(*(store.save(one) for one in kept))
    found = await store.list_analyses(MINE, case.wanted, before=None, limit=9)
    assert [kept.index(one) for one in found] == case.found


async def test_pages_lose_and_double_nothing_while_others_add(database: Database) -> None:
    store, kept = SqlAnalysisRepository(database), [build_stored_analysis(number) for number in range(25)]
    await asyncio.gather(*(store.save(one) for one in kept))
    seen: list[StoredAnalysis] = []
    while page := await store.list_analyses(MINE, AnalysisFilter(), before=seen[-1].id if seen else None, limit=4):
        seen += page
        await store.save(build_stored_analysis(100 + len(seen)))
    assert seen == kept[::-1]


async def test_what_is_removed_takes_its_feedback_along(database: Database) -> None:
    store, one, other = SqlAnalysisRepository(database), build_stored_analysis(0), build_stored_analysis(1)
    for analysis in (one, other):
        await store.save(analysis)
        await store.add_feedback(said(analysis))
    await store.delete(MINE, one.id)
    with pytest.raises(AnalysisNotFound):
        await store.get(MINE, one.id)
    assert [about async for _, about in store.feedback(MINE)] == [other]


async def test_feedback_comes_in_the_order_in_which_it_was_given(database: Database) -> None:
    store, mine, theirs = (
        SqlAnalysisRepository(database),
        build_stored_analysis(0),
        build_stored_analysis(1, owner="theirs"),
    )
    await asyncio.gather(store.save(mine), store.save(theirs))
    given = [said(mine, number) for number in range(205)]
    for one in given:
        await store.add_feedback(one)
    await store.add_feedback(said(theirs, 300, verdict="right", label=None, comment=None))
    assert [one async for one, _ in store.feedback(MINE)] == given
    assert len([one async for one, _ in store.feedback(None)]) == len(given) + 1


async def test_what_is_old_is_forgotten_whoevers_it_is(database: Database) -> None:
    store, kept = (
        SqlAnalysisRepository(database),
        [build_stored_analysis(number, owner=f"o{number % 2}") for number in range(405)],
    )
    await asyncio.gather(*(store.save(one) for one in kept))
    assert await store.delete_older_than(kept[401].created_at) == 401
    assert await store.list_analyses(Owner("o1"), AnalysisFilter(), before=None, limit=9) == [kept[403], kept[401]]


@given(text=st.text(), name=st.text(max_size=400))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_can_be_kept(database: Database, text: str, name: str) -> None:
    store, one = SqlAnalysisRepository(database), build_stored_analysis(title=text, target=name, outlet=name)
    await store.save(one)
    found = await store.get(MINE, one.id)
    assert found.title == text.replace("\0", "")
    assert found.target == name.replace("\0", "")[:300]


async def test_a_database_that_fails_fails_each_that_waits_for_it(tmp_path: Path) -> None:
    database = Database(parse_url(f"sqlite:///{tmp_path / 'nowhere' / 'kept.db'}"))
    store = SqlAnalysisRepository(database)
    ended = await asyncio.gather(
        store.save(build_stored_analysis(0)), store.save(build_stored_analysis(1)), return_exceptions=True
    )
    assert [type(one) for one in ended] == [StorageUnavailable, StorageUnavailable]
    await database.close()
