"""The deferred engine: built once, when it is first asked, whoever asks and whoever gives up."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from subtext.domain.draft import Draft
from subtext.engines.deferred_engine import DeferredEngine
from subtext.errors import EngineMisconfigured
from tests.support.engines import task
from tests.support.fakes import ScriptedEngine
from tests.support.patience import GIVE_UP_S

if TYPE_CHECKING:
    from types import TracebackType

CALLERS = 8
DRAFT = Draft("Norwick Docks", None, None)


class Owning(ScriptedEngine):
    """An engine that says whether it was closed."""

    is_closed = False

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_closed = True


class Factory:
    """Builds one engine, once it is allowed to, and counts how often it was asked for one."""

    def __init__(self) -> None:
        self.engine, self.builds = Owning(DRAFT), 0
        self.has_begun, self.allowed = threading.Event(), threading.Event()

    def build(self) -> Owning:
        self.builds += 1
        self.has_begun.set()
        assert self.allowed.wait(GIVE_UP_S)
        return self.engine


async def test_it_is_built_once_for_all_who_wait() -> None:
    factory = Factory()
    known = replace(factory.engine.info, name="not yet")
    async with DeferredEngine(known, factory.build) as engine:
        before = (engine.info, factory.builds)
        waiting = [asyncio.create_task(engine.read(task())) for _ in range(CALLERS)]
        await asyncio.to_thread(factory.has_begun.wait, GIVE_UP_S)
        factory.allowed.set()
        readings = await asyncio.gather(*waiting)
        after = engine.info

    assert before == (known, 0)
    assert (factory.builds, after) == (1, factory.engine.info)
    assert {reading.draft for reading in readings} == {DRAFT}
    assert factory.engine.is_closed


async def test_a_caller_who_gives_up_takes_it_from_nobody() -> None:
    factory = Factory()
    async with DeferredEngine(factory.engine.info, factory.build) as engine:
        first, second = (asyncio.create_task(engine.read(task())) for _ in range(2))
        await asyncio.to_thread(factory.has_begun.wait, GIVE_UP_S)
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        factory.allowed.set()
        reading = await second

    assert first.cancelled()
    assert (reading.draft, factory.builds, factory.engine.is_closed) == (DRAFT, 1, True)


async def test_what_was_never_asked_is_never_built() -> None:
    factory = Factory()
    async with DeferredEngine(factory.engine.info, factory.build):
        pass

    assert (factory.builds, factory.engine.is_closed) == (0, False)


class RecoveringFactory(Factory):
    """Builds one engine, but fails the first time, as with a package that cannot be imported."""

    def build(self) -> Owning:
        engine = super().build()
        if self.builds == 1:
            raise ImportError("no module named openai")
        return engine


async def test_one_that_cannot_be_built_is_built_anew_for_the_next_caller() -> None:
    factory = RecoveringFactory()
    async with DeferredEngine(factory.engine.info, factory.build) as engine:
        waiting = [asyncio.create_task(engine.read(task())) for _ in range(CALLERS)]
        await asyncio.to_thread(factory.has_begun.wait, GIVE_UP_S)
        factory.allowed.set()
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        reading = await engine.read(task())

    assert {type(failure) for failure in failures} == {EngineMisconfigured}
    assert (reading.draft, factory.builds, factory.engine.is_closed) == (DRAFT, 2, True)


async def test_one_that_was_never_built_leaves_nothing_to_close() -> None:
    factory = RecoveringFactory()
    factory.allowed.set()
    async with DeferredEngine(factory.engine.info, factory.build) as engine:
        with pytest.raises(EngineMisconfigured, match="engine_not_built"):
            await engine.read(task())

    assert (factory.builds, factory.engine.is_closed) == (1, False)
