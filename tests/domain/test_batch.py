"""States of batches and what is told of their progress."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subtext.domain.batch import CHUNK_SIZE, Batch, BatchState, ItemState, chunk_starts, predecessors
from subtext.domain.caller import Owner
from subtext.errors import InvalidBatchTransition

START = datetime(2026, 3, 1, tzinfo=UTC)


def batch(state: BatchState = BatchState.RUNNING, **counts: int) -> Batch:
    found = {item: counts.get(item.value, 0) for item in ItemState}
    return Batch("bat_1", Owner("me"), state, sum(counts.values()), found, START, START)


def test_progress_is_told_from_what_is_settled() -> None:
    found = batch(done=30, failed=10, waiting=60)
    now = START + timedelta(seconds=20)
    assert (found.finished, found.rate(now), found.remaining_s(now)) == (40, 2.0, 30.0)
    assert batch(waiting=1).rate(now) is None


def test_a_batch_ends_when_nothing_is_open() -> None:
    assert batch(done=1, running=1).outcome is None
    assert batch(done=2).outcome is BatchState.DONE
    assert batch(done=1, failed=1).outcome is BatchState.PARTIAL


def test_only_a_partial_batch_is_queued_again() -> None:
    batch(BatchState.PARTIAL).require_transition(BatchState.QUEUED)
    assert predecessors(BatchState.QUEUED) == {BatchState.RECEIVING, BatchState.PARTIAL}
    for state in (BatchState.DONE, BatchState.CANCELLED):
        with pytest.raises(InvalidBatchTransition, match=state):
            batch(state).require_transition(BatchState.QUEUED)


def test_chunks_begin_every_so_many_items() -> None:
    assert list(chunk_starts(CHUNK_SIZE + 1)) == [0, CHUNK_SIZE]
