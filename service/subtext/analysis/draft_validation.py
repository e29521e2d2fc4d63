"""Validate a draft against its article: ground quotes, check the summary, score the framing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from subtext.analysis.adequacy import Adequacy
from subtext.analysis.calibration import calibrate
from subtext.analysis.evidence_builder import EvidenceBuilder
from subtext.analysis.injection.detector import detect_injection
from subtext.analysis.ports import ALL_PARTS
from subtext.analysis.scoring import abstain, confidence, score_framing
from subtext.analysis.threads import call_for
from subtext.domain.analysis import Coverage, Target
from subtext.domain.article import AnalysisWarning
from subtext.domain.axis import NEITHER
from subtext.domain.evidence import AUTHOR_ID, Span

if TYPE_CHECKING:
    from subtext.analysis.calibration import CalibrationMap
    from subtext.analysis.ports import EngineResult
    from subtext.analysis.request import AnalysisRequest
    from subtext.domain.analysis import Status, TargetSource
    from subtext.domain.article import Article
    from subtext.domain.draft import Draft, DraftFraming
    from subtext.domain.evidence import Evidence, Voice
    from subtext.domain.framing import Framing
    from subtext.domain.text.prepared import PreparedText


async def prepare_validation(article: Article) -> None:
    """Precompute what validation needs of the article alone, in a thread if the text is long.

    That is the larger part of a proof: call it while the model works, and the answer is proven sooner when it comes.
    """
    await call_for(article, partial(_precompute, article.prepared))


def _precompute(text: PreparedText) -> None:
    """Compute sentences, words, stems, the injection scan and the kind of text, which are kept with the text."""
    text.derive(detect_injection)
    Adequacy.of(text)


async def validate_draft(
    article: Article, question: AnalysisRequest, reading: EngineResult, calibrations: tuple[CalibrationMap, ...]
) -> DraftValidation:
    """Validate a draft, in a thread if the text is long."""
    return await call_for(article, partial(DraftValidation, article, question, reading, calibrations))


class DraftValidation:
    """One draft held against its article."""

    def __init__(
        self,
        article: Article,
        question: AnalysisRequest,
        reading: EngineResult,
        calibrations: tuple[CalibrationMap, ...] = (),
    ) -> None:
        self._article, self._question = article, question
        self._provenance, self._calibrations = reading.provenance, calibrations
        draft, self._cut = reading.draft, reading.partial
        self.coverage = reading.coverage or _full_coverage(article)
        self.warnings: list[AnalysisWarning] = []
        self.evidence_builder = EvidenceBuilder(article, _names(question, draft))
        if draft.framing is not None:
            self.evidence_builder.add_framing(draft.framing.evidence)
            self.evidence_builder.add_speakers(draft.framing.speakers)
        self.summary = None if draft.summary is None else self.evidence_builder.check_summary(draft.summary)
        self.framing = None if draft.framing is None else self._score_framing(draft.framing)
        self.target = self._target(draft.target)
        self._warn_missing_parts()
        self._warn_injection()
        if self._has_no_summary:
            message = "the article bears out no sentence of the summary: do not use it, or ask again"
            self._warn("summary_unsupported", message, "/summary/sentences")
        self.warnings += self.evidence_builder.speaker_warnings()
        self.warnings += self.evidence_builder.generated_text.warnings

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return the evidence that was found in the article."""
        return tuple(self.evidence_builder.evidence)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Return the author, the speakers of accepted evidence, and the speakers whom the summary quotes."""
        ids = {AUTHOR_ID, *self.evidence_builder.quoted, *(item.voice_id for item in self.evidence_builder.evidence)}
        return tuple(voice for voice in self.evidence_builder.voices.values() if voice.id in ids)

    @property
    def status(self) -> Status:
        """Return whether the analysis is complete, partial or abstained."""
        if self.framing is not None and self.framing.overall.label is None:
            return "abstained"
        return "partial" if self._cut or not self.coverage.complete or self._has_no_summary else "complete"

    @property
    def _has_no_summary(self) -> bool:
        """Return whether a summary was given of which nothing is borne out."""
        return self.summary is not None and self.summary.is_unsupported

    def _score_framing(self, draft: DraftFraming) -> Framing:
        axis = self._question.axis
        rationale = self.evidence_builder.generated_text.rationale(draft.rationale)
        framing = score_framing(self.evidence, axis, claimed=draft.label, rationale=rationale)
        stated = confidence(framing.overall, axis, draft)
        stated = calibrate(stated, self._calibrations, self._provenance, axis)
        framing = self._withhold_if_unsure(draft, replace(framing, confidence=stated))
        if framing.overall.label is not None:
            self._note_label_source(draft.label, framing)
        return framing

    def _note_label_source(self, claimed: str | None, framing: Framing) -> None:
        """Warn if the engine's label and the one that the evidence sums to are not the same."""
        summed = framing.summed_label
        if claimed is None or claimed == summed:
            return
        if framing.label_source == "engine":
            message = (
                f"the label is the engine's judgement of the whole text, which the evidence supports; "
                f"by the strengths of the evidence alone it would be {summed}"
            )
            self._warn("label_beyond_scores", message, "/framing/label")
        else:
            message = (
                f"the evidence that is in the text does not support the engine's label {claimed}: it gives {summed}"
            )
            self._warn("label_replaced", message, "/framing/label")

    def _withhold_if_unsure(self, draft: DraftFraming, framing: Framing) -> Framing:
        """Withhold the label, or lower the confidence, if the verdict would be a guess."""
        has_evidence, had_evidence = (
            any(item.role == "framing" for item in items) for items in (self.evidence, draft.evidence)
        )
        if not has_evidence and (draft.label != NEITHER or had_evidence):
            self._warn(
                "evidence_rejected", "no quote of the engine is in the text: no label is given", "/framing/label"
            )
            return abstain(framing)
        adequacy = Adequacy.of(self._article.prepared)
        if adequacy.warning is not None:
            self.warnings.append(adequacy.warning)
        return adequacy.limit(framing, draft.label)

    def _target(self, inferred: str | None) -> Target | None:
        name = self._question.target or (inferred and self._named_target(inferred))
        if not name:
            self._warn("target_unknown", "no target was named and none could be inferred", "/target")
            return None
        given_by: TargetSource = "caller" if self._question.target else "inferred"
        return Target(name, (), given_by, self.evidence_builder.count_mentions(name))

    def _named_target(self, inferred: str) -> str:
        builder = self.evidence_builder
        return builder.generated_text.safe_name(builder.speakers.resolve_target(inferred))

    def _warn_missing_parts(self) -> None:
        for part in sorted(ALL_PARTS - self._question.parts):
            self._warn("not_requested", f"the {part} was not asked for here", f"/{part}")

    def _warn_injection(self) -> None:
        if findings := self.evidence_builder.scan.findings:
            message = "the text holds passages that read like instructions to a machine: nothing here stands on them"
            self.warnings.append(
                AnalysisWarning("injection_suspected", message, "/injection/findings", findings[0].span)
            )

    def _warn(self, code: str, message: str, pointer: str) -> None:
        self.warnings.append(AnalysisWarning(code, message, pointer))


def _full_coverage(article: Article) -> Coverage:
    length = len(article.text)
    return Coverage(complete=True, ranges_read=(Span(0, length),), ranges_failed=(), fraction=1.0)


def _names(question: AnalysisRequest, draft: Draft) -> tuple[str, ...]:
    """List the names that request and draft give: the target's and the speakers'."""
    speakers = () if draft.framing is None else (item.speaker for item in draft.framing.evidence)
    return tuple(name for name in (question.target, draft.target, *speakers) if name)
