"""Running: every case asked of an engine, failures counted and not hidden."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from subtext.domain.errors import AxisNotSupported, AxisUnknown, EngineMisconfigured, EngineUnknown, SubtextError
from subtext.evals.outcomes import failed, outcome_of
from subtext.services.analyses import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from subtext.analyst.ports import Part
    from subtext.domain.analysis import Analysis, Provenance
    from subtext.domain.axis import Axis
    from subtext.evals.cases import Case
    from subtext.evals.outcomes import Outcome
    from subtext.services.analyses import AnalysisService

T = TypeVar("T")
# What fails like this fails for every article: nothing is gained by asking on.
HOPELESS = (EngineUnknown, AxisUnknown, AxisNotSupported, EngineMisconfigured)
FRAMING: frozenset[Part] = frozenset({"framing"})
SUMMARY: frozenset[Part] = frozenset({"summary"})


class Reads(Protocol):
    """Whoever answers an article: title, text, the target that is asked about."""

    async def __call__(self, title: str, text: str, target: str | None) -> Analysis:
        """The analysis; raises `SubtextError`."""


@dataclass(frozen=True, slots=True)
class Asker:
    """One engine on one axis, asked for some parts through the same path as any request."""

    analyses: AnalysisService
    engine: str
    axis: Axis
    parts: frozenset[Part] = FRAMING

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

    outcomes: tuple[Outcome, ...]
    seconds: float
    provenance: Provenance | None


async def run(
    cases: Sequence[Case],
    ask: Reads,
    *,
    monotonic: Callable[[], float],
    at_once: int = 1,
    done: Callable[[], None] = lambda: None,
    all_may_fail: bool = False,
) -> Run:
    """Each case asked once, `at_once` of them at a time; raises what would fail for all, or the last error if all did.

    `done` is called after each case; with `all_may_fail` even a run without an answer is one.
    """
    gate = asyncio.Semaphore(at_once)
    made_by: list[Provenance] = []
    errors: list[SubtextError] = []

    async def one(case: Case) -> Outcome:
        async with gate:
            began = monotonic()
            try:
                analysis = await ask(case.title, case.text, case.target)
            except HOPELESS:
                raise
            except SubtextError as error:
                errors.append(error)
                return failed(case, error, monotonic() - began)
            finally:
                done()
            made_by.append(analysis.provenance)
            return outcome_of(case, analysis, monotonic() - began)

    began = monotonic()
    outcomes = await all_of([one(case) for case in cases])
    if errors and not made_by and not all_may_fail:
        raise errors[-1]
    return Run(tuple(outcomes), monotonic() - began, made_by[-1] if made_by else None)


async def all_of(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Every result in order; the first failure is raised, and stops what is still going on."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
