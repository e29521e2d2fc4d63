"""Run every case through an engine, and record failures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from subtext.evals.failure_log import FailureLog
from subtext.evals.results import failed_case, score_case
from subtext.services.analyses import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.analysis import Analysis, Provenance
    from subtext.domain.axis import Axis
    from subtext.evals.dataset import LabeledArticle
    from subtext.evals.results import CaseResult
    from subtext.services.analyses import AnalysisService

T = TypeVar("T")
FRAMING: frozenset[AnalysisPart] = frozenset({"framing"})
SUMMARY: frozenset[AnalysisPart] = frozenset({"summary"})


class AnalyzeFn(Protocol):
    """Port of the engine: called with title, text and target."""

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        """Analyze the article; raises `SubtextError`."""


@dataclass(frozen=True, slots=True)
class EngineUnderTest:
    """One engine on one axis, called through the same service as any request."""

    analyses: AnalysisService
    engine: str
    axis: Axis
    parts: frozenset[AnalysisPart] = FRAMING

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        """Analyze one article; raises `SubtextError`."""
        article = await self.analyses.loader.from_text(text, title=title or None)
        ref = f"{self.axis.id}@{self.axis.version}"
        request = self.analyses.build_request(
            axis=ref, target=target, engine=self.engine, parts=self.parts, fallback="never"
        )
        context = RequestContext(use_cache=False)
        return (await self.analyses.analyze_article(article, request, context)).analysis


@dataclass(frozen=True, slots=True)
class Run:
    """Results in the order of the cases, the duration (s), and the provenance of the answers (None: no answer)."""

    outcomes: tuple[CaseResult, ...]
    seconds: float
    provenance: Provenance | None


async def run(
    cases: Sequence[LabeledArticle],
    analyze: AnalyzeFn,
    *,
    monotonic: Callable[[], float],
    at_once: int = 1,
    done: Callable[[], None] = lambda: None,
    log: FailureLog | None = None,
    variant: str = "",
) -> Run:
    """Run each case once, `at_once` at a time, and continue past failures, which `log` collects.

    An error that affects every article ends the run; the remaining cases have no result. `done` is called after each
    case; `variant` names how the cases were changed, for the log.
    """
    semaphore = asyncio.Semaphore(at_once)
    failures = log or FailureLog()
    provenances: list[Provenance] = []

    async def run_case(case: LabeledArticle) -> CaseResult | None:
        async with semaphore:
            if failures.fatal is not None:
                return None
            started_at = monotonic()
            try:
                analysis = await analyze(case.title, case.text, case.target)
                outcome = score_case(case, analysis, monotonic() - started_at)
            except Exception as error:  # noqa: BLE001 - one article must not lose the answers of all others
                failure = failures.record(f"{case.id}, {variant}" if variant else case.id, error)
                return failed_case(case, failure.code, monotonic() - started_at)
            finally:
                done()
            provenances.append(analysis.provenance)
            return outcome

    started_at = monotonic()
    outcomes = [
        outcome for outcome in await gather_or_cancel([run_case(case) for case in cases]) if outcome is not None
    ]
    return Run(tuple(outcomes), monotonic() - started_at, provenances[-1] if provenances else None)


async def gather_or_cancel(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Gather results in order; the first exception is raised and cancels the other tasks."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
