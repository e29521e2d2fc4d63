"""Fallback: engines in order, each with its share of the time, and the embedded one when no server answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from subtext.domain.article import Notice
from subtext.domain.errors import AxisNotSupported, EngineFailed, LanguageUnsupported
from subtext.engines.accounting import Prices, together, usage_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analyst.ports import Clock, Engine, EngineCard, Reading, Task
    from subtext.domain.analysis import Usage

# What the embedded engine needs for its own reading, held back from the servers before it (seconds).
HEADROOM_S = 1.0
_log = structlog.get_logger("subtext.engine")


@dataclass(frozen=True, slots=True)
class Link:
    """An engine of the chain and what its tokens cost."""

    engine: Engine
    prices: Prices = field(default_factory=Prices)


class FallbackEngine:
    """The port `Engine` over a chain of engines; it is named after the first.

    Where one gives no answer the next is asked, and the reading says so. Where none does, the caller learns how the
    first one failed.
    """

    def __init__(self, links: Sequence[Link], embedded: Engine, clock: Clock) -> None:
        self._links, self._embedded, self._clock = tuple(links), embedded, clock

    @property
    def card(self) -> EngineCard:
        """The card of the preferred engine."""
        return self._links[0].engine.card

    async def read(self, task: Task) -> Reading:
        """The first draft that an engine gives; with `task.fallback` off the preferred one alone is asked."""
        if not task.fallback:
            return await self._links[0].engine.read(task)
        failures: list[tuple[Link, EngineFailed]] = []
        for place, link in enumerate(self._links):
            try:
                reading = await link.engine.read(replace(task, deadline=self._share(task.deadline, place)))
            except EngineFailed as error:
                failures.append((link, error))
            else:
                return _replaced(reading, failures)
        return await self._degraded(task, failures)

    def _share(self, deadline: float, place: int) -> float:
        """When an engine must have answered, so that those after it have as much time, and the embedded one its own."""
        now = self._clock.monotonic()
        left = deadline - now
        return now + (left - min(HEADROOM_S, left / 2)) / (len(self._links) - place)

    async def _degraded(self, task: Task, failures: list[tuple[Link, EngineFailed]]) -> Reading:
        first = failures[0][1]
        try:
            reading = await self._embedded.read(task)
        except (AxisNotSupported, LanguageUnsupported, EngineFailed):
            first.attempts = tuple(attempt for _, error in failures for attempt in error.attempts)
            raise first from None
        _log.warning("degraded", engine=self.card.name, reason=first.code)
        message = "the model gave no answer: this one is by the embedded engine, by rules"
        told = Notice("degraded", message, "/engine/degraded_from"), Notice(first.code, first.detail, "/usage/attempts")
        provenance = reading.provenance
        provenance = replace(
            provenance,
            engine=replace(provenance.engine, degraded_from=self.card.name),
            usage=_with_failed(provenance.usage, failures),
        )
        return replace(reading, provenance=provenance, notices=(*told, *reading.notices))


def _replaced(reading: Reading, failures: list[tuple[Link, EngineFailed]]) -> Reading:
    """A reading by an engine that stood in for others, if it did."""
    if not failures:
        return reading
    first = failures[0][1]
    told = (
        Notice("provider_replaced", "the preferred model gave no answer: this one is by another", "/engine/model"),
        Notice(first.code, first.detail, "/usage/attempts"),
    )
    provenance = replace(reading.provenance, usage=_with_failed(reading.provenance.usage, failures))
    return replace(reading, provenance=provenance, notices=(*told, *reading.notices))


def _with_failed(usage: Usage, failures: list[tuple[Link, EngineFailed]]) -> Usage:
    """What all engines cost, in the order in which they were asked."""
    return together((*(usage_of(error.attempts, link.prices) for link, error in failures), usage))
