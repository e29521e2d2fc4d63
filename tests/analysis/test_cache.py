"""Kept answers: what is the same question, who makes the answer, and how long it is kept."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.cache import AnalysisCache, CachedAnalysis, CacheLimits, cache_key
from subtext.analysis.request import AnalysisRequest
from subtext.domain.article import AnalysisWarning, Article, Language, Source
from subtext.domain.draft import Draft
from subtext.errors import EngineServerError
from tests.support.builders import AXIS
from tests.support.fakes import FakeClock, ScriptedEngine

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis

ARTICLE = Article("Norwick Docks has begun to sell its cranes, one by one, to whoever asks.", Source("text"))
QUESTION = AnalysisRequest(AXIS)


@dataclass
class Kitchen:
    """Makes answers when it is let, and counts them."""

    clock: FakeClock = field(default_factory=FakeClock)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0
    ended: list[str] = field(default_factory=list)
    text: str = ARTICLE.text
    warnings: tuple[AnalysisWarning, ...] = ()
    error: Exception | None = None

    async def make(self) -> Analysis:
        self.made += 1
        self.begun.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        if self.error is not None:
            raise self.error
        engine = ScriptedEngine(Draft(None, None, None), self.warnings)
        return await Analyzer({"scripted": engine}, self.clock).analyze(Article(self.text, Source("text")), QUESTION)


@pytest.fixture
def kitchen() -> Kitchen:
    found = Kitchen()
    found.let.set()
    return found


def keeper(kitchen: Kitchen, **limits: Any) -> AnalysisCache:
    return AnalysisCache(CacheLimits(**limits), kitchen.clock)


async def begun(keeper: AnalysisCache, kitchen: Kitchen, callers: int) -> list[asyncio.Task[CachedAnalysis]]:
    """So many callers who all wait for the answer of one key, the first of them making it."""
    kitchen.let.clear()
    tasks = [asyncio.create_task(keeper.get_or_compute("k", kitchen.make)) for _ in range(callers)]
    await kitchen.begun.wait()
    return tasks


async def test_an_answer_is_made_once_and_kept(kitchen: Kitchen) -> None:
    kept = keeper(kitchen)
    first = await kept.get_or_compute("k", kitchen.make)
    kitchen.clock.elapsed += 12.5

    second = await kept.get_or_compute("k", kitchen.make)

    assert (first.status, first.age_s) == ("miss", None)
    assert (second.status, second.age_s) == ("hit", 12.5)
    assert second.analysis is first.analysis
    assert kitchen.made == 1


async def test_an_answer_that_is_invalidated_is_made_again(kitchen: Kitchen) -> None:
    kept = keeper(kitchen)
    first = await kept.get_or_compute("k", kitchen.make)
    await kept.get_or_compute("other", kitchen.make)

    kept.invalidate(first.analysis.id)

    assert (await kept.get_or_compute("k", kitchen.make)).status == "miss"
    assert (await kept.get_or_compute("other", kitchen.make)).status == "hit"


async def test_an_answer_grows_old(kitchen: Kitchen) -> None:
    kept = keeper(kitchen, ttl_s=10.0)
    await kept.get_or_compute("k", kitchen.make)
    kitchen.clock.elapsed += 10.0

    assert (await kept.get_or_compute("k", kitchen.make)).status == "miss"
    assert (await kept.get_or_compute("k", kitchen.make)).status == "hit"


async def test_the_least_used_answer_goes_first(kitchen: Kitchen) -> None:
    kept = keeper(kitchen, max_entries=2)
    for key in ("a", "b", "a", "c"):
        await kept.get_or_compute(key, kitchen.make)

    assert [(await kept.get_or_compute(key, kitchen.make)).status for key in ("a", "c", "b")] == ["hit", "hit", "miss"]


async def test_what_is_kept_has_an_end_in_characters_too(kitchen: Kitchen) -> None:
    kept = keeper(kitchen, max_chars=2 * len(ARTICLE.text))
    for key in ("a", "b", "c"):
        await kept.get_or_compute(key, kitchen.make)
    assert [(await kept.get_or_compute(key, kitchen.make)).status for key in ("c", "b")] == ["hit", "hit"]

    kitchen.text = "too long " * 100
    await kept.get_or_compute("long", kitchen.make)

    assert [(await kept.get_or_compute(key, kitchen.make)).status for key in ("long", "b")] == ["miss", "hit"]


async def test_an_answer_that_is_made_in_spite_of_its_cancellation_is_counted_once(kitchen: Kitchen) -> None:
    kept = keeper(kitchen, max_chars=2 * len(ARTICLE.text))
    begun: asyncio.Future[asyncio.Task[Any] | None] = asyncio.get_running_loop().create_future()
    ended = asyncio.Event()

    async def make_in_spite() -> Analysis:
        begun.set_result(asyncio.current_task())
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await ended.wait()
        return await kitchen.make()

    gone = asyncio.create_task(kept.get_or_compute("k", make_in_spite))
    computation = await begun
    gone.cancel()
    await asyncio.wait({gone})
    await kept.get_or_compute("k", kitchen.make)
    ended.set()
    assert computation is not None
    await computation
    await kept.get_or_compute("other", kitchen.make)

    assert [(await kept.get_or_compute(key, kitchen.make)).status for key in ("k", "other")] == ["hit", "hit"]


@pytest.mark.parametrize("code", ["degraded", "provider_replaced"])
async def test_a_makeshift_answer_is_not_kept(kitchen: Kitchen, code: str) -> None:
    kitchen.warnings = (AnalysisWarning(code, "x"),)
    kept = keeper(kitchen)
    await kept.get_or_compute("k", kitchen.make)

    assert (await kept.get_or_compute("k", kitchen.make)).status == "miss"


async def test_a_failure_is_not_kept(kitchen: Kitchen) -> None:
    kept, kitchen.error = keeper(kitchen), EngineServerError("x")
    with pytest.raises(EngineServerError):
        await kept.get_or_compute("k", kitchen.make)
    kitchen.error = None

    assert (await kept.get_or_compute("k", kitchen.make)).status == "miss"


async def test_equal_questions_in_flight_are_one(kitchen: Kitchen) -> None:
    callers = await begun(keeper(kitchen), kitchen, 50)
    kitchen.let.set()

    answers = await asyncio.gather(*callers)

    assert kitchen.made == 1
    assert [answer.status for answer in answers] == ["miss"] + ["coalesced"] * 49
    assert len({answer.analysis.id for answer in answers}) == 1


async def test_a_failure_in_flight_is_everybodys(kitchen: Kitchen) -> None:
    callers = await begun(keeper(kitchen), kitchen, 3)
    kitchen.error = EngineServerError("x")
    kitchen.let.set()

    failures = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(failure) for failure in failures] == [EngineServerError] * 3


async def test_who_goes_away_takes_the_answer_from_nobody(kitchen: Kitchen) -> None:
    first, second = await begun(keeper(kitchen), kitchen, 2)
    first.cancel()
    await asyncio.wait([first])
    kitchen.let.set()

    assert (await second).status == "coalesced"
    assert kitchen.ended == []


async def test_the_last_to_go_away_ends_it_and_nobody_joins_what_has_ended(kitchen: Kitchen) -> None:
    kept = keeper(kitchen)
    callers = await begun(kept, kitchen, 2)
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    kitchen.let.set()

    assert (await kept.get_or_compute("k", kitchen.make)).status == "miss"
    assert kitchen.ended == ["cancelled"]
    assert kitchen.made == 2


@dataclass(frozen=True)
class Change:
    id: str
    article: Article = ARTICLE
    question: AnalysisRequest = QUESTION
    recipe: str = "r"
    owner: str = ""


@pytest.mark.parametrize(
    "change",
    [
        Change("text", replace(ARTICLE, text=f"{ARTICLE.text} ")),
        Change("address", replace(ARTICLE, source=Source("url", "http://127.0.0.1/a", "http://127.0.0.1/a"))),
        Change("language", replace(ARTICLE, language=Language("fr", None))),
        Change("byline", replace(ARTICLE, byline="B")),
        Change("notices", replace(ARTICLE, warnings=(AnalysisWarning("c", "m"),))),
        Change("axis", question=AnalysisRequest(replace(AXIS, sha256="0" * 64))),
        Change("target", question=AnalysisRequest(AXIS, target="Norwick Docks")),
        Change("parts", question=AnalysisRequest(AXIS, frozenset({"summary"}))),
        Change("engine", question=AnalysisRequest(AXIS, engine="local")),
        Change("fallback", question=AnalysisRequest(AXIS, fallback=False)),
        Change("recipe", recipe="s"),
        Change("owner", owner="somebody"),
    ],
    ids=lambda change: change.id,
)
def test_whatever_an_answer_depends_on_is_in_its_key(change: Change) -> None:
    usual = cache_key(ARTICLE, QUESTION, config_fingerprint="r", owner="")

    assert cache_key(change.article, change.question, config_fingerprint=change.recipe, owner=change.owner) != usual


def test_when_a_page_was_fetched_and_how_long_we_may_take_make_no_other_question() -> None:
    early, late = (replace(ARTICLE, source=Source("url", fetched_at=f"2026-03-0{day}T00:00:00Z")) for day in (1, 2))

    assert cache_key(early, QUESTION, config_fingerprint="", owner="") == cache_key(
        late, AnalysisRequest(AXIS, deadline_s=1), config_fingerprint="", owner=""
    )
