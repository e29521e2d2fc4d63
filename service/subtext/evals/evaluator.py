"""Evaluate an engine on one axis, and build the report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from subtext.analysis.ports import ALL_PARTS
from subtext.evals import counterfactuals, faithfulness, framing_metrics, rouge, run_comparison
from subtext.evals.dataset import default_datasets, file_digest, load_datasets, read_rows
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
    """Options of an evaluation: labelled sets, `limit` rows of each kind, `at_once` articles at a time.

    `whole` requests the summary as well, as requests that name no part do: a calibration is for that prompt. Without
    any set, summaries or faithfulness file the shipped sets are used.
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
        """Return whether labelled articles are evaluated."""
        others = self.summaries is not None or self.faithfulness is not None
        return bool(self.sets) or self.counterfactuals or self.against is not None or not others


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Files read for a run; `invalid_rows` counts rows of the labelled sets that were not valid."""

    sets: tuple[Dataset, ...]
    invalid_rows: int
    against: StoredReport | None
    summaries: tuple[SummaryRow, ...]
    score: Rouge | None
    faithfulness: tuple[FaithfulnessRow, ...]


class EvalProgress(Protocol):
    """Listener to the progress of an evaluation."""

    def begin(self, name: str, total: int) -> None:
        """Begin a step of `total` answers."""

    def advance(self) -> None:
        """Count one answer more."""


class NoProgress:
    """Listener that does nothing."""

    def begin(self, name: str, total: int) -> None:
        """Ignore the step."""

    def advance(self) -> None:
        """Ignore the answer."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluation of one engine on one axis.

    `progress` hears of each step and each answer; `rouge` loads the ROUGE scorer if summaries are measured.
    """

    analyses: AnalysisService
    engine: str
    axis: Axis
    clock: Clock
    version: str
    progress: EvalProgress = field(default_factory=NoProgress)
    rouge: Callable[[], Rouge] = rouge.rouge

    async def run(self, config: EvalConfig) -> Report:
        """Run the evaluation and return the report, in which every failure is named.

        Raises `RequestInvalid` for a file that cannot be read, before any model is called, and the error that affects
        every article if nothing was answered before it.
        """
        log = FailureLog()
        inputs = self._inputs(config, log)
        stamp = utc_stamp(self.clock.now())
        report = Report(REPORT_VERSION, stamp, None, ())
        if inputs.sets:
            report = await self._with_framing(report, config, inputs, log)
        if config.summaries is not None:
            report = await self._with_summaries(report, config, config.summaries, inputs, log)
        if config.faithfulness is not None:
            report = _with_faithfulness(report, config.faithfulness, inputs.faithfulness)
        if log.fatal is not None and not report.is_measured:
            raise log.fatal
        return replace(report, failures=log.failures, stopped=log.stopped)

    def _inputs(self, config: EvalConfig, log: FailureLog) -> _Inputs:
        """Read all files, so that errors in them are reported before a model costs anything."""
        sets: tuple[Dataset, ...] = ()
        against = None
        if config.wants_framing:
            sets = load_datasets(config.sets or default_datasets(), self.axis.labels, config.limit, log)
        invalid_rows = log.invalid_rows
        if config.against is not None:
            against = run_comparison.read_report(config.against)
            run_comparison.require_comparable([case for dataset in sets for case in dataset.cases], against)
        rows = () if config.summaries is None else read_rows(config.summaries, SummaryRow, config.limit, log)
        score = None if config.summaries is None else self.rouge()
        pairs = (
            () if config.faithfulness is None else read_rows(config.faithfulness, FaithfulnessRow, config.limit, log)
        )
        return _Inputs(sets, invalid_rows, against, rows, score, pairs)

    async def _with_framing(self, report: Report, config: EvalConfig, inputs: _Inputs, log: FailureLog) -> Report:
        cases = [case for dataset in inputs.sets for case in dataset.cases]
        run_result = await self._run_engine(cases, config, log)
        return replace(
            report,
            subject=None if run_result.provenance is None else self._subject(run_result.provenance),
            sets=(*report.sets, *(DatasetInfo.of(dataset) for dataset in inputs.sets if dataset.cases)),
            framing=framing_metrics.framing_metrics(run_result, self.axis, invalid_rows=inputs.invalid_rows),
            counterfactuals=await self._counterfactuals(cases, run_result, config, log)
            if config.counterfactuals
            else None,
            comparison=_comparison(run_result, inputs.against),
            answers=run_result.outcomes,
        )

    async def _counterfactuals(
        self, cases: Sequence[LabeledArticle], run_result: Run, config: EvalConfig, log: FailureLog
    ) -> counterfactuals.CounterfactualMetrics:
        async def ask_all(change: str, variants: Sequence[LabeledArticle]) -> Sequence[CaseResult]:
            return (await self._run_engine(variants, config, log, change.replace("_", " "))).outcomes

        return await counterfactuals.counterfactual_metrics(cases, run_result.outcomes, self.axis, ask_all)

    async def _with_summaries(
        self, report: Report, config: EvalConfig, path: Path, inputs: _Inputs, log: FailureLog
    ) -> Report:
        engine = self._engine_under_test(SUMMARY)
        provenances: list[Provenance] = []

        async def analyze(title: str, text: str, target: str | None) -> Analysis:
            analysis = await engine(title, text, target)
            provenances.append(analysis.provenance)
            return analysis

        score = inputs.score or self.rouge()
        semaphore = asyncio.Semaphore(config.at_once)
        self.progress.begin("summaries", len(inputs.summaries))
        metrics = await rouge.summary_metrics(inputs.summaries, analyze, semaphore, score, self.progress.advance, log)
        subject = report.subject or (self._subject(provenances[-1]) if provenances else None)
        sets = (*report.sets, _dataset_info(path, len(inputs.summaries)))
        return replace(report, subject=subject, sets=sets, summaries=metrics)

    async def _run_engine(
        self, cases: Sequence[LabeledArticle], config: EvalConfig, log: FailureLog, variant: str = ""
    ) -> Run:
        self.progress.begin(variant or "articles", len(cases))
        return await run(
            cases,
            self._engine_under_test(ALL_PARTS if config.whole else FRAMING),
            monotonic=self.clock.monotonic,
            at_once=config.at_once,
            done=self.progress.advance,
            log=log,
            variant=variant,
        )

    def _subject(self, provenance: Provenance) -> SystemUnderTest:
        return SystemUnderTest.of(self.version, self.axis, provenance)

    def _engine_under_test(self, parts: frozenset[AnalysisPart]) -> EngineUnderTest:
        return EngineUnderTest(self.analyses, self.engine, self.axis, parts)


def _comparison(run_result: Run, against: StoredReport | None) -> Comparison | None:
    """Compare with the earlier run; None if they have no article in common."""
    if against is None or not {outcome.id for outcome in run_result.outcomes} & {
        answer.id for answer in against.answers
    }:
        return None
    return run_comparison.compare_runs(run_result.outcomes, against)


def _with_faithfulness(report: Report, path: Path, rows: Sequence[FaithfulnessRow]) -> Report:
    return replace(
        report,
        sets=(*report.sets, _dataset_info(path, len(rows))),
        faithfulness=faithfulness.faithfulness_metrics(rows),
    )


def _dataset_info(path: Path, rows: int) -> DatasetInfo:
    return DatasetInfo(path.name, file_digest(path), rows)
