"""Analyzer: ask an engine for a draft, validate what it says, and answer only what is grounded."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from subtext.analysis.draft_validation import validate_draft
from subtext.analysis.evidence_builder import PartialEvidence
from subtext.analysis.fair_queue import FairQueue
from subtext.analysis.ports import EngineRequest
from subtext.analysis.preparation import ArticlePreparation
from subtext.analysis.request import AUTO, AnalysisRequest
from subtext.analysis.scoring import score_voices
from subtext.analysis.threads import call_for
from subtext.domain.analysis import Analysis
from subtext.errors import EngineNotFound
from subtext.ids import utc_stamp, uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subtext.analysis.calibration import CalibrationMap
    from subtext.analysis.evidence_builder import GroundedQuote
    from subtext.analysis.ports import Engine, EngineInfo, Progress
    from subtext.clock import Clock
    from subtext.domain.article import Article


class Analyzer:
    """Turn articles into proven analyses with one of the engines.

    `engines` are by name, in order of preference: `auto` takes the first. `calibrations` are applied to the answers of
    the engines that they were fitted on. `turns` orders the work on the event loop among other work.
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        clock: Clock,
        calibrations: tuple[CalibrationMap, ...] = (),
        turns: FairQueue | None = None,
    ) -> None:
        self._engines = dict(engines)
        self._clock = clock
        self._calibrations = calibrations
        self._preparation = ArticlePreparation(turns or FairQueue())

    @property
    def engines(self) -> tuple[EngineInfo, ...]:
        """Return the engines that requests can name, the preferred one first."""
        return tuple(engine.info for engine in self._engines.values())

    async def analyze(
        self,
        article: Article,
        request: AnalysisRequest,
        on_partial: Callable[[tuple[GroundedQuote, ...]], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Analysis:
        """Analyze an article: ask the engine for a draft and validate it; raises `InvalidInput` or `EngineError`.

        `on_partial` is called with the quotes that are certain after each part of a long article, `on_progress` with
        how far a model has come with its answer.
        """
        engine = self._engine(request.engine)
        started, created = self._clock.monotonic(), self._clock.now()
        deadline = started + request.deadline_s
        preview = None if on_partial is None else await call_for(article, partial(PartialEvidence, article))
        engine_request = EngineRequest(
            article,
            request.axis,
            request.parts,
            deadline,
            request.target,
            request.fallback,
            request.samples,
            None if on_partial is None or preview is None else lambda draft: on_partial(preview.quotes(draft)),
            on_progress,
        )
        async with self._preparation.during(article) if engine.info.kind == "llm" else nullcontext():
            result = await engine.read(engine_request)
        proof = await validate_draft(article, request, result, self._calibrations)
        article.discard_prepared()
        return Analysis(
            id=uuid7(created),
            created_at=utc_stamp(created, "milliseconds"),
            duration_ms=round((self._clock.monotonic() - started) * 1000),
            status=proof.status,
            warnings=(*article.warnings, *result.warnings, *proof.warnings),
            article=article,
            coverage=proof.coverage,
            target=proof.target,
            summary=proof.summary,
            framing=proof.framing,
            voices=score_voices(proof.voices, proof.evidence, request.axis),
            evidence=proof.evidence,
            grounding=replace(proof.evidence_builder.grounding(), repairs=result.repairs),
            provenance=result.provenance,
            injections=proof.evidence_builder.scan.findings,
        )

    def _engine(self, name: str) -> Engine:
        if name == AUTO:
            return next(iter(self._engines.values()))
        if name not in self._engines:
            known = ", ".join((AUTO, *self._engines))
            raise EngineNotFound(
                f"no engine is configured under this name: use one of {known}, "
                "or configure a language model (SUBTEXT_LLM_BASE_URL and SUBTEXT_LLM_MODEL)"
            )
        return self._engines[name]
