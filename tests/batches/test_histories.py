"""Batches in any order of what can happen to them, on a real database, against a model in a dictionary."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from subtext.batches.ports import ItemResult
from subtext.batches.service import BatchService
from subtext.batches.worker import BatchWorker
from subtext.clock import SystemClock
from subtext.domain.batch import ATTEMPTS_ALONE_MAX, ATTEMPTS_TOGETHER_MAX, BatchState, ItemState, NewItem
from subtext.domain.webhook import Event
from subtext.errors import BatchNotFound, InvalidBatchTransition
from subtext.storage.batches import SqlBatchRepository
from subtext.storage.database import open_database
from subtext.storage.webhooks import SqlWebhookRepository
from tests.support.examples import examples
from tests.support.owners import MINE, THEIRS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from subtext.domain.batch import Batch
    from subtext.domain.caller import Owner

T = TypeVar("T")
OWNERS = (MINE, THEIRS)
ENDINGS = {True: BatchState.PARTIAL, False: BatchState.DONE}


class Killed(Exception):
    """What ends a worker in the middle of an item."""


class Counted:
    """Jobs that are handed out to nobody: this test works on portions itself."""

    def __init__(self) -> None:
        self.submitted: list[str] = []

    async def enqueue(self, batch: Batch) -> None:
        self.submitted.append(batch.id)


class Model:
    """What a batch should be: the states of its items, which of them were never a question, and how often it ended."""

    def __init__(self, owner: Owner, good: int, bad: int) -> None:
        self.owner = owner
        self.items = [ItemState.WAITING] * good + [ItemState.FAILED] * bad
        self.asked = [True] * good + [False] * bad
        self.state = BatchState.QUEUED
        self.ends = 0
        self.attempts = [0] * (good + bad)

    def claim(self) -> list[int]:
        """Count a claim of the open items, and return those that are not given up; the others fail."""
        opened = [at for at, state in enumerate(self.items) if state in {ItemState.WAITING, ItemState.RUNNING}]
        for at in opened:
            self.attempts[at] += self.attempts[at] <= ATTEMPTS_TOGETHER_MAX
        most = ATTEMPTS_TOGETHER_MAX + ATTEMPTS_ALONE_MAX
        return [at for at in opened if self.attempts[at] <= most]

    def count(self, at: int) -> None:
        """Count an attempt at an item alone."""
        self.attempts[at] += self.attempts[at] > ATTEMPTS_TOGETHER_MAX

    def settle_from(self, found: list[ItemState], wanted: list[ItemState | None]) -> None:
        """Take over what work has made of the items, which is what was to come of each, or nothing yet."""
        for place, (before, after) in enumerate(zip(self.items, found, strict=True)):
            if before is ItemState.RUNNING and self.state is BatchState.CANCELLED:
                assert after is ItemState.CANCELLED
            elif before in {ItemState.WAITING, ItemState.RUNNING}:
                assert after in {ItemState.RUNNING, wanted[place]}
            else:
                assert after is before
        self.items = found


class Histories(RuleBasedStateMachine):
    """Submit, work, die, cancel, retry and list, in any order."""

    batches = Bundle("batches")

    @initialize()
    def create(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.model: dict[str, Model] = {}
        self.run(self._open())

    async def _open(self) -> None:
        url = f"sqlite:///{Path(self.folder.name) / 'kept.db'}"
        database = await self.stack.enter_async_context(open_database(url, migrate=True))
        self.store, self.webhooks = (
            SqlBatchRepository(database, SystemClock()),
            SqlWebhookRepository(database, SystemClock(), max_per_owner=20),
        )
        self.desk = BatchService(self.store, Counted())
        self.stack.push_async_callback(self.desk.close)
        self.hooks = {owner: await self.webhooks.add(owner, "https://x.org/", frozenset(Event)) for owner in OWNERS}

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.run(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()

    @rule(target=batches, owner=st.sampled_from(OWNERS), good=st.integers(0, 5), bad=st.integers(0, 2))
    def submit(self, owner: Owner, good: int, bad: int) -> str:
        good = good or (0 if bad else 1)

        async def groups() -> AsyncIterator[list[NewItem]]:
            for place in range(good + bad):
                is_good = place < good
                yield [NewItem(place, f"i{place}", "{}" if is_good else None, None if is_good else '{"code": "x"}')]

        batch = self.run(self.desk.submit(owner, groups()))
        self.model[batch.id] = Model(owner, good, bad)
        return batch.id

    @rule(batch_id=batches, outcomes=st.lists(st.sampled_from([*"ddddddffk"]), min_size=7, max_size=7))
    def work(self, batch_id: str, outcomes: list[str]) -> None:
        """Answer a batch; at a `k` the worker is killed in the middle of it."""
        model, place = self.model[batch_id], iter(range(7))
        said = [{"d": ItemState.DONE, "f": ItemState.FAILED, "k": None}[word] for word in outcomes]
        was_open = model.state in {BatchState.QUEUED, BatchState.RUNNING}
        wanted: list[ItemState | None] = [ItemState.FAILED] * len(model.items)
        for at, outcome in zip(model.claim() if was_open else [], said, strict=False):
            model.count(at)
            wanted[at] = outcome
            if outcome is None:
                break

        async def answer(request: str, owner: Owner) -> ItemResult:
            assert owner == model.owner
            outcome = said[next(place)]
            if outcome is None:
                raise Killed
            return ItemResult(outcome, "{}")

        async def work() -> bool:
            is_alive = True
            try:
                await BatchWorker(self.store, answer, parallel=1).process_chunk(batch_id, model.owner, 0)
            except* Killed:
                is_alive = False
            return is_alive

        is_whole = self.run(work())
        found = self.run(self.store.list_items(batch_id, start=0, limit=100))
        model.settle_from([item.state for item in found], wanted)
        if was_open and is_whole:
            model.state = ENDINGS[ItemState.FAILED in model.items]
            model.ends += 1
        elif was_open:
            model.state = BatchState.RUNNING

    @rule(batch_id=batches)
    def cancel(self, batch_id: str) -> None:
        model = self.model[batch_id]
        if model.state in {BatchState.DONE, BatchState.PARTIAL}:
            with pytest.raises(InvalidBatchTransition):
                self.run(self.desk.cancel(batch_id, model.owner))
            return
        self.run(self.desk.cancel(batch_id, model.owner))
        model.state = BatchState.CANCELLED
        model.items = [ItemState.CANCELLED if state is ItemState.WAITING else state for state in model.items]

    @rule(batch_id=batches)
    def retry(self, batch_id: str) -> None:
        model = self.model[batch_id]
        if model.state is not BatchState.PARTIAL:
            with pytest.raises(InvalidBatchTransition):
                self.run(self.desk.retry(batch_id, model.owner))
            return
        self.run(self.desk.retry(batch_id, model.owner))
        model.state = BatchState.QUEUED
        again = zip(model.items, model.asked, strict=True)
        model.items = [ItemState.WAITING if state is ItemState.FAILED and asked else state for state, asked in again]
        model.attempts = [0] * len(model.items)

    @rule(batch_id=batches, action=st.sampled_from(["get", "cancel", "retry"]))
    def ask_for_somebody_elses(self, batch_id: str, action: str) -> None:
        stranger = next(owner for owner in OWNERS if owner != self.model[batch_id].owner)
        actions: dict[str, Callable[[str, Owner], Coroutine[Any, Any, object]]] = {
            "get": self.store.get,
            "cancel": self.desk.cancel,
            "retry": self.desk.retry,
        }
        with pytest.raises(BatchNotFound):
            self.run(actions[action](batch_id, stranger))

    @rule(owner=st.sampled_from(OWNERS), limit=st.integers(1, 3), newcomers=st.lists(st.booleans(), max_size=4))
    def list_while_others_come(self, owner: Owner, limit: int, newcomers: list[bool]) -> None:
        expected = sorted((key for key, model in self.model.items() if model.owner == owner), reverse=True)
        seen: list[str] = []
        before, coming = None, iter(newcomers)
        while page := self.run(self.store.list_batches(owner, before=before, limit=limit)):
            seen += [batch.id for batch in page]
            assert len(seen) <= len(expected)
            before = page[-1].id
            if next(coming, False):
                self.submit(owner, 1, 0)
        assert seen == expected

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        for batch_id, model in getattr(self, "model", {}).items():
            batch = self.run(self.store.get(batch_id, model.owner))
            assert (batch.state, batch.total) == (model.state, len(model.items))
            assert {state: count for state, count in batch.counts.items() if count} == {
                state: model.items.count(state) for state in set(model.items)
            }

    @invariant()
    def every_end_was_told_once(self) -> None:
        for owner, hook in getattr(self, "hooks", {}).items():
            told = self.run(self.webhooks.list_deliveries(hook.id, owner, state=None, before=None, limit=1_000))
            assert len(told) == sum(model.ends for model in self.model.values() if model.owner == owner)


TestHistories = Histories.TestCase
TestHistories.settings = profile(max_examples=examples(5), stateful_step_count=20, deadline=None)
