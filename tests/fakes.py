"""Stand-ins for what the analyst needs from outside: real classes that hold the same contract as the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from subtext.analyst.ports import EngineCard, Reading
from subtext.domain.analysis import EngineUsed, Provenance, Usage

if TYPE_CHECKING:
    from subtext.analyst.ports import Task
    from subtext.domain.article import Notice
    from subtext.domain.draft import Draft

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@dataclass
class StillClock:
    """Time that passes only where somebody sleeps."""

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
    """An engine that answers every task with one draft, cut to the parts asked for, and remembers the tasks."""

    draft: Draft
    notices: tuple[Notice, ...] = ()
    provenance: Provenance = field(default_factory=lambda: Provenance(EngineUsed("llm", "scripted"), None, Usage()))
    card: EngineCard = field(default_factory=lambda: EngineCard("scripted", "llm", "scripted"))
    tasks: list[Task] = field(default_factory=list)

    async def read(self, task: Task) -> Reading:
        self.tasks.append(task)
        draft = replace(
            self.draft,
            summary=self.draft.summary if "summary" in task.parts else None,
            framing=self.draft.framing if "framing" in task.parts else None,
        )
        return Reading(draft, self.provenance, self.notices)
