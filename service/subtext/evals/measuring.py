"""Measuring: from what is wanted to a report, with one engine on one axis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.evals import comparing, counterfactuals, faithfulness, framing, summaries
from subtext.evals.cases import digest_of, read_rows, read_sets, shipped_sets
from subtext.evals.faithfulness import FaithfulnessRow
from subtext.evals.report import REPORT_VERSION, Report, SetUsed, Subject
from subtext.evals.running import FRAMING, SUMMARY, Asker, run
from subtext.evals.summaries import SummaryRow
from subtext.ids import utc_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from subtext.analyst.ports import Clock, Part
    from subtext.domain.analysis import Analysis, Provenance
    from subtext.domain.axis import Axis
    from subtext.evals.cases import Case
    from subtext.evals.outcomes import Outcome
    from subtext.evals.running import Run
    from subtext.evals.summaries import Rouge
    from subtext.services.analyses import AnalysisService


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: labelled sets, the first `limit` rows of each kind, `at_once` asked at a time.

    Without any set, summaries or faithfulness to measure on, the shipped sets are taken.
    """

    sets: tuple[Path, ...] = ()
    summaries: Path | None = None
    faithfulness: Path | None = None
    counterfactuals: bool = False
    against: Path | None = None
    limit: int | None = None
    at_once: int = 1

    @property
    def wants_framing(self) -> bool:
        """Whether labelled articles are asked about."""
        others = self.summaries is not None or self.faithfulness is not None
        return bool(self.sets) or self.counterfactuals or self.against is not None or not others


@dataclass(frozen=True, slots=True)
class Measuring:
    """One engine on one axis, as it is measured.

    `done` is called after each answer; `rouge` gives the scorer of summaries when they are measured.
    """

    analyses: AnalysisService
    engine: str
    axis: Axis
    clock: Clock
    version: str
    done: Callable[[], None] = lambda: None
    rouge: Callable[[], Rouge] = summaries.rouge

    async def report(self, plan: Plan) -> Report:
        """The report; raises `RequestInvalid` for a file that cannot be read, or what fails for every article."""
        stamp = utc_stamp(self.clock.now())
        report = Report(REPORT_VERSION, stamp, None, ())
        if plan.wants_framing:
            report = await self._with_framing(report, plan)
        if plan.summaries is not None:
            report = await self._with_summaries(report, plan, plan.summaries)
        if plan.faithfulness is not None:
            report = self._with_faithfulness(report, plan, plan.faithfulness)
        return report

    async def _with_framing(self, report: Report, plan: Plan) -> Report:
        against = None if plan.against is None else comparing.read_report(plan.against)
        sets = read_sets(plan.sets or shipped_sets(), self.axis.labels, plan.limit)
        cases = [case for each in sets for case in each.cases]
        found = await self._run(cases, plan)
        return replace(
            report,
            subject=None if found.provenance is None else self._subject(found.provenance),
            sets=(*report.sets, *(SetUsed.of(each) for each in sets if each.cases)),
            framing=framing.measured(found, self.axis),
            counterfactuals=await self._counterfactuals(cases, found, plan) if plan.counterfactuals else None,
            comparison=None if against is None else comparing.compared(found.outcomes, against),
            answers=found.outcomes,
        )

    async def _counterfactuals(
        self, cases: Sequence[Case], found: Run, plan: Plan
    ) -> counterfactuals.CounterfactualMeasures:
        async def ask_all(changed: Sequence[Case]) -> Sequence[Outcome]:
            return (await self._run(changed, plan, all_may_fail=True)).outcomes

        return await counterfactuals.measured(cases, found.outcomes, self.axis, ask_all)

    async def _with_summaries(self, report: Report, plan: Plan, path: Path) -> Report:
        score = self.rouge()
        rows = [row for _, row in read_rows(path, SummaryRow)][: plan.limit]
        asker = self._asker(SUMMARY)
        seen: list[Provenance] = []

        async def ask(title: str, text: str, target: str | None) -> Analysis:
            analysis = await asker(title, text, target)
            seen.append(analysis.provenance)
            return analysis

        found = await summaries.measured(rows, ask, asyncio.Semaphore(plan.at_once), score, self.done)
        subject = report.subject or self._subject(seen[-1])
        return replace(report, subject=subject, sets=(*report.sets, _used(path, len(rows))), summaries=found)

    def _with_faithfulness(self, report: Report, plan: Plan, path: Path) -> Report:
        rows = [row for _, row in read_rows(path, FaithfulnessRow)][: plan.limit]
        return replace(report, sets=(*report.sets, _used(path, len(rows))), faithfulness=faithfulness.measured(rows))

    async def _run(self, cases: Sequence[Case], plan: Plan, *, all_may_fail: bool = False) -> Run:
        return await run(
            cases,
            self._asker(FRAMING),
            monotonic=self.clock.monotonic,
            at_once=plan.at_once,
            done=self.done,
            all_may_fail=all_may_fail,
        )

    def _subject(self, provenance: Provenance) -> Subject:
        return Subject.of(self.version, self.axis, provenance)

    def _asker(self, parts: frozenset[Part]) -> Asker:
        return Asker(self.analyses, self.engine, self.axis, parts)


def _used(path: Path, rows: int) -> SetUsed:
    return SetUsed(path.name, digest_of(path), rows)
