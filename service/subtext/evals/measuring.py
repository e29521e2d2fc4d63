"""Measuring: from what is wanted to a report, with one engine on one axis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analyst.ports import BOTH
from subtext.evals import comparing, counterfactuals, faithfulness, framing, summaries
from subtext.evals.cases import digest_of, read_rows, read_sets, shipped_sets
from subtext.evals.failures import FailureLog
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
    from subtext.evals.cases import Case, LabelledSet
    from subtext.evals.comparing import Comparison, StoredReport
    from subtext.evals.outcomes import Outcome
    from subtext.evals.running import Run
    from subtext.evals.summaries import Rouge
    from subtext.services.analyses import AnalysisService


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: labelled sets, the first `limit` rows of each kind, `at_once` asked at a time.

    `whole` asks for the summary as well, as requests do that name no part: a calibration is for the prompt of these.
    Without any set, summaries or faithfulness to measure on, the shipped sets are taken.
    """

    sets: tuple[Path, ...] = ()
    summaries: Path | None = None
    faithfulness: Path | None = None
    counterfactuals: bool = False
    against: Path | None = None
    limit: int | None = None
    at_once: int = 1
    whole: bool = False

    @property
    def wants_framing(self) -> bool:
        """Whether labelled articles are asked about."""
        others = self.summaries is not None or self.faithfulness is not None
        return bool(self.sets) or self.counterfactuals or self.against is not None or not others


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What was read for a run; `invalid_rows` are those of the labelled sets that were no cases."""

    sets: tuple[LabelledSet, ...]
    invalid_rows: int
    against: StoredReport | None
    summaries: tuple[SummaryRow, ...]
    score: Rouge | None
    faithfulness: tuple[FaithfulnessRow, ...]


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
        """Return the report, in which every failure is named.

        Raises `RequestInvalid` for a file that cannot be read, before anything is asked, and what fails for every
        article if nothing was answered before it.
        """
        log = FailureLog()
        inputs = self._inputs(plan, log)
        stamp = utc_stamp(self.clock.now())
        report = Report(REPORT_VERSION, stamp, None, ())
        if inputs.sets:
            report = await self._with_framing(report, plan, inputs, log)
        if plan.summaries is not None:
            report = await self._with_summaries(report, plan, plan.summaries, inputs, log)
        if plan.faithfulness is not None:
            report = _with_faithfulness(report, plan.faithfulness, inputs.faithfulness)
        if log.fatal is not None and not report.is_measured:
            raise log.fatal
        return replace(report, failures=log.failures, stopped=log.stopped)

    def _inputs(self, plan: Plan, log: FailureLog) -> _Inputs:
        """Return all that is read from files: what is wrong with it is told before a model is paid."""
        sets: tuple[LabelledSet, ...] = ()
        against = None
        if plan.wants_framing:
            sets = read_sets(plan.sets or shipped_sets(), self.axis.labels, plan.limit, log)
        invalid = log.invalid_rows
        if plan.against is not None:
            against = comparing.read_report(plan.against)
            comparing.require_comparable([case for each in sets for case in each.cases], against)
        rows = () if plan.summaries is None else read_rows(plan.summaries, SummaryRow, plan.limit, log)
        score = None if plan.summaries is None else self.rouge()
        pairs = () if plan.faithfulness is None else read_rows(plan.faithfulness, FaithfulnessRow, plan.limit, log)
        return _Inputs(sets, invalid, against, rows, score, pairs)

    async def _with_framing(self, report: Report, plan: Plan, inputs: _Inputs, log: FailureLog) -> Report:
        cases = [case for each in inputs.sets for case in each.cases]
        found = await self._run(cases, plan, log)
        return replace(
            report,
            subject=None if found.provenance is None else self._subject(found.provenance),
            sets=(*report.sets, *(SetUsed.of(each) for each in inputs.sets if each.cases)),
            framing=framing.measured(found, self.axis, invalid_rows=inputs.invalid_rows),
            counterfactuals=await self._counterfactuals(cases, found, plan, log) if plan.counterfactuals else None,
            comparison=_comparison(found, inputs.against),
            answers=found.outcomes,
        )

    async def _counterfactuals(
        self, cases: Sequence[Case], found: Run, plan: Plan, log: FailureLog
    ) -> counterfactuals.CounterfactualMeasures:
        async def ask_all(change: str, changed: Sequence[Case]) -> Sequence[Outcome]:
            return (await self._run(changed, plan, log, change.replace("_", " "))).outcomes

        return await counterfactuals.measured(cases, found.outcomes, self.axis, ask_all)

    async def _with_summaries(self, report: Report, plan: Plan, path: Path, inputs: _Inputs, log: FailureLog) -> Report:
        asker = self._asker(SUMMARY)
        seen: list[Provenance] = []

        async def ask(title: str, text: str, target: str | None) -> Analysis:
            analysis = await asker(title, text, target)
            seen.append(analysis.provenance)
            return analysis

        score = inputs.score or self.rouge()
        gate = asyncio.Semaphore(plan.at_once)
        found = await summaries.measured(inputs.summaries, ask, gate, score, self.done, log)
        subject = report.subject or (self._subject(seen[-1]) if seen else None)
        sets = (*report.sets, _used(path, len(inputs.summaries)))
        return replace(report, subject=subject, sets=sets, summaries=found)

    async def _run(self, cases: Sequence[Case], plan: Plan, log: FailureLog, variant: str = "") -> Run:
        return await run(
            cases,
            self._asker(BOTH if plan.whole else FRAMING),
            monotonic=self.clock.monotonic,
            at_once=plan.at_once,
            done=self.done,
            log=log,
            variant=variant,
        )

    def _subject(self, provenance: Provenance) -> Subject:
        return Subject.of(self.version, self.axis, provenance)

    def _asker(self, parts: frozenset[Part]) -> Asker:
        return Asker(self.analyses, self.engine, self.axis, parts)


def _comparison(found: Run, against: StoredReport | None) -> Comparison | None:
    """Return the comparison; None if the run ended before an article that both have."""
    if against is None or not {outcome.id for outcome in found.outcomes} & {answer.id for answer in against.answers}:
        return None
    return comparing.compared(found.outcomes, against)


def _with_faithfulness(report: Report, path: Path, rows: Sequence[FaithfulnessRow]) -> Report:
    return replace(report, sets=(*report.sets, _used(path, len(rows))), faithfulness=faithfulness.measured(rows))


def _used(path: Path, rows: int) -> SetUsed:
    return SetUsed(path.name, digest_of(path), rows)
