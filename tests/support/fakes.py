"""Fakes of the analyzer's ports: classes that keep the same contract as the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.clock import Clock
from subtext.domain.analysis import EngineUsed, Provenance, Usage

if TYPE_CHECKING:
    from subtext.analysis.ports import EngineRequest
    from subtext.domain.article import AnalysisWarning
    from subtext.domain.draft import Draft

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class SleepingClock(Clock, Protocol):
    """Clock with a sleep of its own."""

    async def sleep(self, seconds: float) -> None:
        """Return when so much of the clock's time has passed."""


@dataclass
class FakeClock:
    """Clock fake: time passes only when somebody sleeps."""

    elapsed: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.elapsed += seconds


@dataclass
class ScriptedEngine:
    """Engine fake: answer every request with one draft, cut to the parts asked for, and record the requests."""

    draft: Draft
    warnings: tuple[AnalysisWarning, ...] = ()
    provenance: Provenance = field(default_factory=lambda: Provenance(EngineUsed("llm", "scripted"), None, Usage()))
    info: EngineInfo = field(default_factory=lambda: EngineInfo("scripted", "llm", "scripted"))
    tasks: list[EngineRequest] = field(default_factory=list)

    async def read(self, request: EngineRequest) -> EngineResult:
        self.tasks.append(request)
        draft = replace(
            self.draft,
            summary=self.draft.summary if "summary" in request.parts else None,
            framing=self.draft.framing if "framing" in request.parts else None,
        )
        return EngineResult(draft, self.provenance, self.warnings)
