"""Answers kept: the same question about the same text is answered once, also while it is being answered."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from subtext.analyst.analyst import Question
    from subtext.analyst.ports import Clock
    from subtext.domain.analysis import Analysis
    from subtext.domain.article import Article

Way = Literal["hit", "miss", "coalesced"]

# An answer with one of these is not what would be answered on a better day.
_PASSING = {"degraded", "provider_replaced"}


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """For how long answers are kept (seconds), how many, and with how many characters of articles in all."""

    ttl_s: float = 3_600.0
    max_entries: int = 1_000
    max_chars: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An analysis and how it was come by: kept before (`age_s` seconds ago), made now, or made for another caller."""

    analysis: Analysis
    way: Way
    age_s: float | None = None


@dataclass(slots=True)
class _Flight:
    """An answer that is being made, and how many wait for it."""

    task: asyncio.Task[Analysis]
    waiting: int = 0


class AnswerKeeper:
    """Keeps whole answers in memory, the least used ones going first."""

    def __init__(self, limits: KeepLimits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._kept: OrderedDict[str, tuple[float, Analysis]] = OrderedDict()
        self._chars = 0
        self._flights: dict[str, _Flight] = {}

    async def answer(self, key: str, make: Callable[[], Coroutine[None, None, Analysis]]) -> Answer:
        """The answer of this key: kept, or made once for all who ask meanwhile.

        It is made in a task of its own: who goes away takes it from nobody, and the last one to go ends it.
        """
        kept = self._look_up(key)
        if kept is not None:
            since, analysis = kept
            return Answer(analysis, "hit", round(self._clock.monotonic() - since, 3))
        flight = self._flights.get(key)
        if flight is None:
            return Answer(await self._wait(key, self._start(key, make)), "miss")
        return Answer(await self._wait(key, flight), "coalesced")

    def forget(self, analysis_id: str) -> None:
        """Keep this analysis no longer, whatever it answered."""
        for key in [key for key, (_, analysis) in self._kept.items() if analysis.id == analysis_id]:
            self._drop(key)

    def _start(self, key: str, make: Callable[[], Coroutine[None, None, Analysis]]) -> _Flight:
        flight = self._flights[key] = _Flight(asyncio.create_task(make()))
        flight.task.add_done_callback(lambda task: self._landed(key, task))
        return flight

    async def _wait(self, key: str, flight: _Flight) -> Analysis:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody may join an answer that will not be made.
                del self._flights[key]
                flight.task.cancel()

    def _landed(self, key: str, task: asyncio.Task[Analysis]) -> None:
        if key in self._flights and self._flights[key].task is task:
            del self._flights[key]
        if not task.cancelled() and task.exception() is None and _is_lasting(task.result()):
            self._keep(key, task.result())

    def _look_up(self, key: str) -> tuple[float, Analysis] | None:
        found = self._kept.get(key)
        if found is None:
            return None
        if self._clock.monotonic() - found[0] >= self._limits.ttl_s:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found

    def _keep(self, key: str, analysis: Analysis) -> None:
        size = len(analysis.article.text)
        if size > self._limits.max_chars:
            return
        self._kept[key] = self._clock.monotonic(), analysis
        self._chars += size
        while len(self._kept) > self._limits.max_entries or self._chars > self._limits.max_chars:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        _, analysis = self._kept.pop(key)
        self._chars -= len(analysis.article.text)


def key_of(article: Article, question: Question, *, recipe: str, owner: str) -> str:
    """The digest of all that an answer depends on, and of whose it is.

    `recipe` stands for what makes the answer: the version of Subtext, the engines and their models, the prompt.
    """
    asked = tuple(
        (field.name, _told(getattr(question, field.name)))
        for field in fields(question)
        if field.name not in {"axis", "deadline_s"}
    )
    source = article.source
    about = (article.sha256, source.kind, source.url, source.final_url, article.headline, article.language)
    found = (article.byline, article.site, article.published_at, article.normalisation, article.notices)
    axis = question.axis
    parts = (owner, recipe, (axis.id, axis.version, axis.sha256), asked, about, found)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _told(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _is_lasting(analysis: Analysis) -> bool:
    return analysis.status != "partial" and _PASSING.isdisjoint(notice.code for notice in analysis.notices)
