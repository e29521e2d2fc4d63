"""Deleting an analysis deletes its copies, on each kind of database, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from subtext.clock import SystemClock
from subtext.domain.batch import BatchState, ItemState, NewItem
from subtext.errors import AnalysisNotFound
from subtext.storage.analyses import SqlAnalysisRepository
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.idempotency import Claimed, IdempotencyKey, SqlIdempotencyRepository, StoredResponse
from tests.support.builders import build_stored_analysis
from tests.support.fakes import FakeClock
from tests.support.owners import MINE, THEIRS

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

ANALYSIS = build_stored_analysis()
LEASE, DIGEST = timedelta(seconds=30), "f" * 64


async def store_response(requests: SqlIdempotencyRepository, key: IdempotencyKey, analysis_id: str) -> None:
    await requests.claim(key, "a", DIGEST, LEASE)
    body = f'{{"title": "“{key.key}”", "id": "{analysis_id}"}}'.encode()
    await requests.complete(key, "a", StoredResponse(DIGEST, 200, {}, body))


async def test_stored_responses_that_have_it_are_deleted(database: Database) -> None:
    analyses, requests = SqlAnalysisRepository(database), SqlIdempotencyRepository(database, FakeClock())
    await analyses.save(ANALYSIS)
    mine = IdempotencyKey(MINE, "POST /v1/analyses", "k")
    theirs, other = replace(mine, owner=THEIRS), replace(mine, key="other")
    for key, analysis_id in [(mine, ANALYSIS.id), (theirs, ANALYSIS.id), (other, "another")]:
        await store_response(requests, key, analysis_id)

    await analyses.delete(MINE, ANALYSIS.id)

    states = [await requests.claim(key, "b", DIGEST, LEASE) for key in (mine, theirs, other)]
    assert [type(state) for state in states] == [Claimed, StoredResponse, StoredResponse]


async def complete_batch(batches: SqlBatchRepository, owner: Owner, analysis_id: str) -> str:
    """Store a batch of two items; the first has this analysis, the second another."""
    batch_id = await batches.create(owner)
    await batches.add_items(batch_id, [NewItem(at, f"i{at}", "{}") for at in range(2)])
    await batches.transition(batch_id, BatchState.QUEUED)
    await batches.claim(batch_id, 0, 20)
    for position, own_id in enumerate([analysis_id, f"another-{owner}"]):
        analysis = replace(ANALYSIS, id=own_id, owner=owner)
        await batches.complete_item(batch_id, position, ItemState.DONE, f'{{"id": "{own_id}"}}', analysis)
    await batches.transition(batch_id, BatchState.DONE)
    return batch_id


async def test_the_result_of_its_item_is_deleted_and_the_others_stay(database: Database) -> None:
    analyses, batches = SqlAnalysisRepository(database), SqlBatchRepository(database, SystemClock())
    mine, theirs = [await complete_batch(batches, owner, ANALYSIS.id) for owner in (MINE, THEIRS)]

    await analyses.delete(MINE, ANALYSIS.id)

    items = [item for batch_id in (mine, theirs) for item in await batches.list_items(batch_id, start=0, limit=9)]
    assert [item.result is None for item in items] == [True, False, False, False]
    assert {item.state for item in items} == {ItemState.DONE}


async def test_who_does_not_own_it_deletes_no_copy(database: Database) -> None:
    analyses, requests = SqlAnalysisRepository(database), SqlIdempotencyRepository(database, FakeClock())
    await analyses.save(ANALYSIS)
    key = IdempotencyKey(THEIRS, "POST /v1/analyses", "k")
    await store_response(requests, key, ANALYSIS.id)

    with pytest.raises(AnalysisNotFound):
        await analyses.delete(THEIRS, ANALYSIS.id)

    assert isinstance(await requests.claim(key, "b", DIGEST, LEASE), StoredResponse)
