"""Running: every case asked of an engine, failures counted and not hidden."""

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
    """Whoever answers an article: title, text, the target that is asked about."""

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        """The analysis; raises `SubtextError`."""


@dataclass(frozen=True, slots=True)
class EngineUnderTest:
    """One engine on one axis, asked for some parts through the same path as any request."""

    analyses: AnalysisService
    engine: str
    axis: Axis
    parts: frozenset[AnalysisPart] = FRAMING

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        """The analysis of one article; raises `SubtextError`."""
        article = await self.analyses.loader.from_text(text, title=title or None)
        ref = f"{self.axis.id}@{self.axis.version}"
        request = self.analyses.build_request(
            axis=ref, target=target, engine=self.engine, parts=self.parts, fallback="never"
        )
        context = RequestContext(use_cache=False)
        return (await self.analyses.analyze_article(article, request, context)).analysis


@dataclass(frozen=True, slots=True)
class Run:
    """The outcomes in the cases' order, how long all took (s), and by whom the answers were made (None: no answer)."""

    outcomes: tuple[CaseResult, ...]
    seconds: float
    provenance: Provenance | None


async def run(
    cases: Sequence[LabeledArticle],
    ask: AnalyzeFn,
    *,
    monotonic: Callable[[], float],
    at_once: int = 1,
    done: Callable[[], None] = lambda: None,
    log: FailureLog | None = None,
    variant: str = "",
) -> Run:
    """Ask about each case once, `at_once` of them at a time, and go on past failures, which `log` collects.

    An error that holds for every article ends the run: cases that were not asked about by then have no outcome.
    `done` is called after each case; `variant` names how the cases were changed, for the log.
    """
    gate = asyncio.Semaphore(at_once)
    failures = log or FailureLog()
    made_by: list[Provenance] = []

    async def one(case: LabeledArticle) -> CaseResult | None:
        async with gate:
            if failures.fatal is not None:
                return None
            began = monotonic()
            try:
                analysis = await ask(case.title, case.text, case.target)
                outcome = score_case(case, analysis, monotonic() - began)
            except Exception as error:  # noqa: BLE001 - one article must not cost the answers of all others
                failure = failures.record(f"{case.id}, {variant}" if variant else case.id, error)
                return failed_case(case, failure.code, monotonic() - began)
            finally:
                done()
            made_by.append(analysis.provenance)
            return outcome

    began = monotonic()
    outcomes = [outcome for outcome in await gather_or_cancel([one(case) for case in cases]) if outcome is not None]
    return Run(tuple(outcomes), monotonic() - began, made_by[-1] if made_by else None)


async def gather_or_cancel(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Every result in order; the first failure is raised, and stops what is still going on."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
