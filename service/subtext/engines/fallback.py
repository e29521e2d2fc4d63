"""Fallback chain: ask engines in order, each with its share of the deadline, and the embedded one last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from subtext.domain.article import AnalysisWarning
from subtext.engines.llm.usage import Prices, combine_usage, total_usage
from subtext.errors import EngineError, UnsupportedAxis, UnsupportedLanguage
from subtext.telemetry.engine_metrics import record_fallback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.ports import Engine, EngineInfo, EngineRequest, EngineResult
    from subtext.clock import Clock
    from subtext.domain.analysis import Usage

# What the embedded engine needs for its own reading, held back from the servers before it (seconds).
HEADROOM_S = 1.0
_log = structlog.get_logger("subtext.engine")


@dataclass(frozen=True, slots=True)
class ChainedEngine:
    """Pair an engine of the chain with the prices of its tokens."""

    engine: Engine
    prices: Prices = field(default_factory=Prices)


class FallbackEngine:
    """Implement the port `Engine` over a chain of engines; it is named after the first.

    If one gives no answer the next is asked, and the result says so. If none does, the caller learns how the first one
    failed.
    """

    def __init__(self, links: Sequence[ChainedEngine], embedded: Engine, clock: Clock) -> None:
        self._links, self._embedded, self._clock = tuple(links), embedded, clock

    @property
    def info(self) -> EngineInfo:
        """Return the preferred engine's info."""
        return self._links[0].engine.info

    async def read(self, request: EngineRequest) -> EngineResult:
        """Return the first draft that an engine gives; with `request.fallback` off only the preferred one is asked."""
        if not request.fallback:
            return await self._links[0].engine.read(request)
        failures: list[tuple[ChainedEngine, EngineError]] = []
        for place, link in enumerate(self._links):
            try:
                reading = await link.engine.read(replace(request, deadline=self._deadline_for(request.deadline, place)))
            except EngineError as error:
                failures.append((link, error))
            else:
                if failures:
                    record_fallback(link.engine.info.name, failures[0][1].code)
                return _mark_replaced(reading, failures)
        return await self._answer_locally(request, failures)

    def _deadline_for(self, deadline: float, place: int) -> float:
        """Return the deadline of one engine: the ones after it get as much time, and the embedded one its own."""
        now = self._clock.monotonic()
        left = deadline - now
        return now + (left - min(HEADROOM_S, left / 2)) / (len(self._links) - place)

    async def _answer_locally(
        self, task: EngineRequest, failures: list[tuple[ChainedEngine, EngineError]]
    ) -> EngineResult:
        first = failures[0][1]
        try:
            reading = await self._embedded.read(task)
        except (UnsupportedAxis, UnsupportedLanguage, EngineError):
            first.attempts = tuple(attempt for _, error in failures for attempt in error.attempts)
            raise first from None
        record_fallback(self._embedded.info.name, first.code)
        _log.warning("degraded", engine=self.info.name, reason=first.code)
        message = "the model gave no answer: this one is by the embedded engine, by rules"
        warnings = (
            AnalysisWarning("degraded", message, "/engine/degraded_from"),
            AnalysisWarning(first.code, first.detail, "/usage/attempts"),
        )
        provenance = reading.provenance
        provenance = replace(
            provenance,
            engine=replace(provenance.engine, degraded_from=self.info.name),
            usage=_with_failed(provenance.usage, failures),
        )
        return replace(reading, provenance=provenance, warnings=(*warnings, *reading.warnings))


def _mark_replaced(reading: EngineResult, failures: list[tuple[ChainedEngine, EngineError]]) -> EngineResult:
    """Return a result with the warnings and the costs of the engines that its own stood in for, if there are any."""
    if not failures:
        return reading
    first = failures[0][1]
    warnings = (
        AnalysisWarning(
            "provider_replaced", "the preferred model gave no answer: this one is by another", "/engine/model"
        ),
        AnalysisWarning(first.code, first.detail, "/usage/attempts"),
    )
    provenance = replace(reading.provenance, usage=_with_failed(reading.provenance.usage, failures))
    return replace(reading, provenance=provenance, warnings=(*warnings, *reading.warnings))


def _with_failed(usage: Usage, failures: list[tuple[ChainedEngine, EngineError]]) -> Usage:
    """Add up what all engines cost, in the order in which they were asked."""
    return combine_usage((*(total_usage(error.attempts, link.prices) for link, error in failures), usage))
