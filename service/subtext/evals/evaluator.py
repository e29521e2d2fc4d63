"""Measuring: from what is wanted to a report, with one engine on one axis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analysis.ports import ALL_PARTS
from subtext.evals import counterfactuals, faithfulness, framing_metrics, rouge, run_comparison
from subtext.evals.dataset import default_datasets, digest_of, load_datasets, read_rows
from subtext.evals.failure_log import FailureLog
from subtext.evals.faithfulness import FaithfulnessRow
from subtext.evals.report import REPORT_VERSION, DatasetInfo, Report, SystemUnderTest
from subtext.evals.rouge import SummaryRow
from subtext.evals.runner import FRAMING, SUMMARY, EngineUnderTest, run
from subtext.ids import utc_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from subtext.analysis.ports import AnalysisPart
    from subtext.clock import Clock
    from subtext.domain.analysis import Analysis, Provenance
    from subtext.domain.axis import Axis
    from subtext.evals.dataset import Dataset, LabeledArticle
    from subtext.evals.results import CaseResult
    from subtext.evals.rouge import Rouge
    from subtext.evals.run_comparison import Comparison, StoredReport
    from subtext.evals.runner import Run
    from subtext.services.analyses import AnalysisService


@dataclass(frozen=True, slots=True)
class EvalConfig:
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

    sets: tuple[Dataset, ...]
    invalid_rows: int
    against: StoredReport | None
    summaries: tuple[SummaryRow, ...]
    score: Rouge | None
    faithfulness: tuple[FaithfulnessRow, ...]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """One engine on one axis, as it is measured.

    `done` is called after each answer; `rouge` gives the scorer of summaries when they are measured.
    """

    analyses: AnalysisService
    engine: str
    axis: Axis
    clock: Clock
    version: str
    done: Callable[[], None] = lambda: None
    rouge: Callable[[], Rouge] = rouge.rouge

    async def run(self, plan: EvalConfig) -> Report:
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

    def _inputs(self, plan: EvalConfig, log: FailureLog) -> _Inputs:
        """Return all that is read from files: what is wrong with it is told before a model is paid."""
        sets: tuple[Dataset, ...] = ()
        against = None
        if plan.wants_framing:
            sets = load_datasets(plan.sets or default_datasets(), self.axis.labels, plan.limit, log)
        invalid = log.invalid_rows
        if plan.against is not None:
            against = run_comparison.read_report(plan.against)
            run_comparison.require_comparable([case for each in sets for case in each.cases], against)
        rows = () if plan.summaries is None else read_rows(plan.summaries, SummaryRow, plan.limit, log)
        score = None if plan.summaries is None else self.rouge()
        pairs = () if plan.faithfulness is None else read_rows(plan.faithfulness, FaithfulnessRow, plan.limit, log)
        return _Inputs(sets, invalid, against, rows, score, pairs)

    async def _with_framing(self, report: Report, plan: EvalConfig, inputs: _Inputs, log: FailureLog) -> Report:
        cases = [case for each in inputs.sets for case in each.cases]
        found = await self._run_engine(cases, plan, log)
        return replace(
            report,
            subject=None if found.provenance is None else self._subject(found.provenance),
            sets=(*report.sets, *(DatasetInfo.of(each) for each in inputs.sets if each.cases)),
            framing=framing_metrics.framing_metrics(found, self.axis, invalid_rows=inputs.invalid_rows),
            counterfactuals=await self._counterfactuals(cases, found, plan, log) if plan.counterfactuals else None,
            comparison=_comparison(found, inputs.against),
            answers=found.outcomes,
        )

    async def _counterfactuals(
        self, cases: Sequence[LabeledArticle], found: Run, plan: EvalConfig, log: FailureLog
    ) -> counterfactuals.CounterfactualMetrics:
        async def ask_all(change: str, changed: Sequence[LabeledArticle]) -> Sequence[CaseResult]:
            return (await self._run_engine(changed, plan, log, change.replace("_", " "))).outcomes

        return await counterfactuals.counterfactual_metrics(cases, found.outcomes, self.axis, ask_all)

    async def _with_summaries(
        self, report: Report, plan: EvalConfig, path: Path, inputs: _Inputs, log: FailureLog
    ) -> Report:
        asker = self._asker(SUMMARY)
        seen: list[Provenance] = []

        async def ask(title: str, text: str, target: str | None) -> Analysis:
            analysis = await asker(title, text, target)
            seen.append(analysis.provenance)
            return analysis

        score = inputs.score or self.rouge()
        gate = asyncio.Semaphore(plan.at_once)
        found = await rouge.summary_metrics(inputs.summaries, ask, gate, score, self.done, log)
        subject = report.subject or (self._subject(seen[-1]) if seen else None)
        sets = (*report.sets, _used(path, len(inputs.summaries)))
        return replace(report, subject=subject, sets=sets, summaries=found)

    async def _run_engine(
        self, cases: Sequence[LabeledArticle], plan: EvalConfig, log: FailureLog, variant: str = ""
    ) -> Run:
        return await run(
            cases,
            self._asker(ALL_PARTS if plan.whole else FRAMING),
            monotonic=self.clock.monotonic,
            at_once=plan.at_once,
            done=self.done,
            log=log,
            variant=variant,
        )

    def _subject(self, provenance: Provenance) -> SystemUnderTest:
        return SystemUnderTest.of(self.version, self.axis, provenance)

    def _asker(self, parts: frozenset[AnalysisPart]) -> EngineUnderTest:
        return EngineUnderTest(self.analyses, self.engine, self.axis, parts)


def _comparison(found: Run, against: StoredReport | None) -> Comparison | None:
    """Return the comparison; None if the run ended before an article that both have."""
    if against is None or not {outcome.id for outcome in found.outcomes} & {answer.id for answer in against.answers}:
        return None
    return run_comparison.compare_runs(found.outcomes, against)


def _with_faithfulness(report: Report, path: Path, rows: Sequence[FaithfulnessRow]) -> Report:
    return replace(
        report, sets=(*report.sets, _used(path, len(rows))), faithfulness=faithfulness.faithfulness_metrics(rows)
    )


def _used(path: Path, rows: int) -> DatasetInfo:
    return DatasetInfo(path.name, digest_of(path), rows)
