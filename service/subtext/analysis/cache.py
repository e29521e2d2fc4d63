"""Cache of analyses in memory, with request coalescing: equal requests that overlap in time are computed once."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from subtext.analysis.request import AnalysisRequest
    from subtext.clock import Clock
    from subtext.domain.analysis import Analysis
    from subtext.domain.article import Article

CacheStatus = Literal["hit", "miss", "coalesced"]

# An analysis with one of these may be better the next time.
_TRANSIENT_WARNINGS = {"degraded", "provider_replaced"}


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """Limit how long analyses are cached (seconds), how many, and how many characters their articles have in all."""

    ttl_s: float = 3_600.0
    max_entries: int = 1_000
    max_chars: int = 20_000_000


@dataclass(frozen=True, slots=True)
class CachedAnalysis:
    """Pair an analysis with its origin: cached `age_s` seconds ago, computed now, or computed for another caller."""

    analysis: Analysis
    status: CacheStatus
    age_s: float | None = None


@dataclass(slots=True)
class _InFlight:
    """Hold a computation in progress, and how many callers wait for it."""

    task: asyncio.Task[Analysis]
    waiting: int = 0


class AnalysisCache:
    """Cache whole analyses in memory; the least recently used are evicted first."""

    def __init__(self, limits: CacheLimits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._entries: OrderedDict[str, tuple[float, Analysis]] = OrderedDict()
        self._chars = 0
        self._in_flight: dict[str, _InFlight] = {}

    async def get_or_compute(self, key: str, compute: Callable[[], Coroutine[None, None, Analysis]]) -> CachedAnalysis:
        """Return the cached analysis of a key, or compute it once for all who ask meanwhile (request coalescing).

        It is computed in a task of its own: a caller who is cancelled does not cancel it for the others, and the last
        one to go does.
        """
        entry = self._get(key)
        if entry is not None:
            since, analysis = entry
            return CachedAnalysis(analysis, "hit", round(self._clock.monotonic() - since, 3))
        flight = self._in_flight.get(key)
        if flight is None:
            return CachedAnalysis(await self._wait(key, self._start(key, compute)), "miss")
        return CachedAnalysis(await self._wait(key, flight), "coalesced")

    def invalidate(self, analysis_id: str) -> None:
        """Evict this analysis, under whatever key it is cached."""
        for key in [key for key, (_, analysis) in self._entries.items() if analysis.id == analysis_id]:
            self._evict(key)

    def _start(self, key: str, compute: Callable[[], Coroutine[None, None, Analysis]]) -> _InFlight:
        flight = self._in_flight[key] = _InFlight(asyncio.create_task(compute()))
        flight.task.add_done_callback(lambda task: self._on_done(key, task))
        return flight

    async def _wait(self, key: str, flight: _InFlight) -> Analysis:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody may join a computation that is being cancelled.
                del self._in_flight[key]
                flight.task.cancel()

    def _on_done(self, key: str, task: asyncio.Task[Analysis]) -> None:
        if key in self._in_flight and self._in_flight[key].task is task:
            del self._in_flight[key]
        if not task.cancelled() and task.exception() is None and _is_cacheable(task.result()):
            self._put(key, task.result())

    def _get(self, key: str) -> tuple[float, Analysis] | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock.monotonic() - entry[0] >= self._limits.ttl_s:
            self._evict(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def _put(self, key: str, analysis: Analysis) -> None:
        size = len(analysis.article.text)
        if size > self._limits.max_chars:
            return
        # There is one if a computation that was cancelled ended all the same, and another was begun meanwhile.
        if key in self._entries:
            self._evict(key)
        self._entries[key] = self._clock.monotonic(), analysis
        self._chars += size
        while len(self._entries) > self._limits.max_entries or self._chars > self._limits.max_chars:
            self._evict(next(iter(self._entries)))

    def _evict(self, key: str) -> None:
        _, analysis = self._entries.pop(key)
        self._chars -= len(analysis.article.text)


def cache_key(article: Article, request: AnalysisRequest, *, config_fingerprint: str, owner: str) -> str:
    """Digest all that an analysis depends on, and its owner, into a cache key.

    `config_fingerprint` stands for the version of Subtext, the engines and their models, and the prompts.
    """
    options = tuple(
        (field.name, _canonical(getattr(request, field.name)))
        for field in fields(request)
        if field.name not in {"axis", "deadline_s"}
    )
    source = article.source
    about = (article.sha256, source.kind, source.url, source.final_url, article.headline, article.language)
    metadata = (article.byline, article.site, article.published_at, article.normalisation, article.warnings)
    axis = request.axis
    parts = (owner, config_fingerprint, (axis.id, axis.version, axis.sha256), options, about, metadata)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _is_cacheable(analysis: Analysis) -> bool:
    return analysis.status != "partial" and _TRANSIENT_WARNINGS.isdisjoint(
        warning.code for warning in analysis.warnings
    )
