"""Measuring: from what is wanted to a report, with one engine on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.evals.cases import read_sets, shipped_sets
from subtext.evals.framing import measured
from subtext.evals.report import REPORT_VERSION, Report, SetUsed, Subject
from subtext.evals.running import Asker, run

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.analyst.ports import Clock
    from subtext.domain.axis import Axis
    from subtext.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: labelled sets (none: the shipped ones), the first `limit` articles, `at_once` at a time."""

    sets: tuple[Path, ...] = ()
    limit: int | None = None
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Measuring:
    """One engine on one axis, as it is measured."""

    runtime: Runtime
    engine: str
    axis: Axis
    clock: Clock
    version: str

    async def report(self, plan: Plan) -> Report:
        """The report; raises `RequestInvalid` for a set that cannot be read, or what fails for every article."""
        sets = read_sets(plan.sets or shipped_sets(), self.axis.labels, plan.limit)
        cases = [case for each in sets for case in each.cases]
        ask = Asker(self.runtime, self.engine, self.axis)
        done = await run(cases, ask, monotonic=self.clock.monotonic, at_once=plan.at_once)
        return Report(
            report_version=REPORT_VERSION,
            made_at=self.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
            subject=None if done.provenance is None else Subject.of(self.version, self.axis, done.provenance),
            sets=tuple(SetUsed.of(each) for each in sets if each.cases),
            framing=measured(done, self.axis),
            answers=done.outcomes,
        )
