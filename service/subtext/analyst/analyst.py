"""The analyst: asks an engine for a draft, proves what it says, and answers only what is proven."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from subtext.analyst.adequacy import Adequacy
from subtext.analyst.calibration import calibrate
from subtext.analyst.collecting import EvidenceLedger, Preview
from subtext.analyst.identity import new_id
from subtext.analyst.ports import BOTH, Task
from subtext.analyst.weighing import abstained, deciding_lean, lean_by_voice, stated_confidence, weigh
from subtext.domain.analysis import Analysis, Coverage, Target
from subtext.domain.article import Notice
from subtext.domain.axis import NEITHER
from subtext.domain.errors import EngineUnknown
from subtext.domain.evidence import AUTHOR_ID, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subtext.analyst.calibration import CalibrationMap
    from subtext.analyst.collecting import Quoted
    from subtext.analyst.ports import Clock, Engine, EngineCard, Part, Progress, Reading
    from subtext.domain.analysis import GivenBy, Status
    from subtext.domain.article import Article
    from subtext.domain.axis import Axis
    from subtext.domain.draft import Draft, DraftFraming
    from subtext.domain.evidence import Evidence, Voice
    from subtext.domain.framing import Framing

AUTO = "auto"
# Some milliseconds of work at most.
_QUICK_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an article: the axis, the parts, the target (None: infer it), the engine's name.

    `fallback` says whether another engine may answer where that one cannot, `samples` how often a model is asked.
    `deadline_s` is what the whole answer may take from now on, in seconds.
    """

    axis: Axis
    parts: frozenset[Part] = BOTH
    target: str | None = None
    engine: str = AUTO
    deadline_s: float = 30.0
    fallback: bool = True
    samples: int = 1


class Analyst:
    """Turns articles into proven analyses with one of its engines.

    `engines` are by name, in order of preference: `auto` takes the first. `calibrations` are applied to the answers of
    the engines that they were fitted on.
    """

    def __init__(
        self, engines: Mapping[str, Engine], clock: Clock, calibrations: tuple[CalibrationMap, ...] = ()
    ) -> None:
        self._engines = dict(engines)
        self._clock = clock
        self._calibrations = calibrations

    @property
    def engines(self) -> tuple[EngineCard, ...]:
        """The engines that can be asked for, preferred one first."""
        return tuple(engine.card for engine in self._engines.values())

    async def analyse(
        self,
        article: Article,
        question: Question,
        heard: Callable[[tuple[Quoted, ...]], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Analysis:
        """The proven analysis; raises `InputRefused` or `EngineFailed` when there can be none.

        `heard` is told of the quotes that are certain once a part of a long article has been read, `on_progress` of
        how far a model has come with its answer.
        """
        engine = self._engine(question.engine)
        started, created = self._clock.monotonic(), self._clock.now()
        deadline = started + question.deadline_s
        preview = Preview(article) if heard is not None else None
        task = Task(
            article,
            question.axis,
            question.parts,
            deadline,
            question.target,
            question.fallback,
            question.samples,
            None if heard is None or preview is None else lambda draft: heard(preview.quotes(draft)),
            on_progress,
        )
        reading = await engine.read(task)
        proof = await _proved(article, question, reading, self._calibrations)
        return Analysis(
            id=new_id(created),
            created_at=created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            duration_ms=round((self._clock.monotonic() - started) * 1000),
            status=proof.status,
            notices=(*article.notices, *reading.notices, *proof.notices),
            article=article,
            coverage=proof.coverage,
            target=proof.target,
            summary=proof.summary,
            framing=proof.framing,
            voices=lean_by_voice(proof.voices, proof.evidence, question.axis),
            evidence=proof.evidence,
            grounding=replace(proof.ledger.grounding(), repairs=reading.repairs),
            provenance=reading.provenance,
            injections=proof.ledger.scan.findings,
        )

    def _engine(self, name: str) -> Engine:
        if name == AUTO:
            return next(iter(self._engines.values()))
        if name not in self._engines:
            known = ", ".join((AUTO, *self._engines))
            raise EngineUnknown(f"no engine is configured under this name: use one of {known}")
        return self._engines[name]


async def _proved(
    article: Article, question: Question, reading: Reading, calibrations: tuple[CalibrationMap, ...]
) -> _Proof:
    """The proof: in a thread where it takes seconds, as other requests wait beside it; the way there costs too."""
    if len(article.text) <= _QUICK_CHARS:
        return _Proof(article, question, reading, calibrations)
    return await asyncio.to_thread(_Proof, article, question, reading, calibrations)


class _Proof:
    """One draft held against its article."""

    def __init__(
        self, article: Article, question: Question, reading: Reading, calibrations: tuple[CalibrationMap, ...] = ()
    ) -> None:
        self._article, self._question = article, question
        self._provenance, self._calibrations = reading.provenance, calibrations
        draft, self._cut = reading.draft, reading.partial
        self.coverage = reading.coverage or _all_of(article)
        self.notices: list[Notice] = []
        self.ledger = EvidenceLedger(article, _names(question, draft))
        if draft.framing is not None:
            self.ledger.add_framing(draft.framing.evidence)
        self.summary = None if draft.summary is None else self.ledger.add_summary(draft.summary)
        self.framing = None if draft.framing is None else self._weighed(draft.framing)
        self.target = self._target(draft.target)
        self._note_missing_parts()
        self._note_injection()
        if self._has_no_summary:
            message = "the article bears out no sentence of the summary: do not use it, or ask again"
            self._note("summary_unsupported", message, "/summary/sentences")
        self.notices += self.ledger.own_words.notices

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(self.ledger.evidence)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The author, and everybody whose evidence survived."""
        heard = {item.voice_id for item in self.ledger.evidence}
        return tuple(voice for voice in self.ledger.voices.values() if voice.id == AUTHOR_ID or voice.id in heard)

    @property
    def status(self) -> Status:
        if self.framing is not None and self.framing.lean.label is None:
            return "abstained"
        return "partial" if self._cut or not self.coverage.complete or self._has_no_summary else "complete"

    @property
    def _has_no_summary(self) -> bool:
        """Whether a summary was given of which nothing is borne out."""
        return self.summary is not None and self.summary.is_unsupported

    def _weighed(self, draft: DraftFraming) -> Framing:
        axis = self._question.axis
        rationale = self.ledger.own_words.rationale(draft.rationale)
        framing = weigh(self.evidence, axis, claimed=draft.label, rationale=rationale)
        confidence = stated_confidence(framing.lean, axis, draft)
        confidence = calibrate(confidence, self._calibrations, self._provenance, axis)
        framing = self._guarded(draft, replace(framing, confidence=confidence))
        if framing.lean.label is not None:
            self._note_label_source(draft.label, framing)
        return framing

    def _note_label_source(self, claimed: str | None, framing: Framing) -> None:
        """Warn if the engine's label and the one that the evidence sums to are not the same."""
        summed = deciding_lean(self.evidence, self._question.axis).label
        if claimed is None or claimed == summed:
            return
        if framing.label_source == "engine":
            message = (
                f"the label is the engine's judgement of the whole text, which the evidence supports; "
                f"by the strengths of the evidence alone it would be {summed}"
            )
            self._note("label_beyond_scores", message, "/framing/label")
        else:
            message = (
                f"the evidence that is in the text does not support the engine's label {claimed}: it gives {summed}"
            )
            self._note("label_replaced", message, "/framing/label")

    def _guarded(self, draft: DraftFraming, framing: Framing) -> Framing:
        """The verdict, withheld where it would be a guess."""
        has_evidence = any(item.role == "framing" for item in self.evidence)
        if not has_evidence and (draft.label != NEITHER or draft.evidence):
            self._note(
                "evidence_rejected", "no quote of the engine is in the text: no label is given", "/framing/label"
            )
            return abstained(framing)
        adequacy = Adequacy.of(self._article.text)
        if adequacy.notice is not None:
            self.notices.append(adequacy.notice)
        return adequacy.limit(framing, draft.label)

    def _target(self, inferred: str | None) -> Target | None:
        name = self._question.target or (inferred and self.ledger.own_words.name(inferred))
        if not name:
            self._note("target_unknown", "no target was named and none could be inferred", "/target")
            return None
        given_by: GivenBy = "caller" if self._question.target else "inferred"
        return Target(name, (), given_by, self.ledger.mentions(name))

    def _note_missing_parts(self) -> None:
        for part in sorted(BOTH - self._question.parts):
            self._note("not_requested", f"the {part} was not asked for here", f"/{part}")

    def _note_injection(self) -> None:
        if findings := self.ledger.scan.findings:
            message = "the text holds passages that read like instructions to a machine: nothing here stands on them"
            self.notices.append(Notice("injection_suspected", message, "/injection/findings", findings[0].span))

    def _note(self, code: str, message: str, pointer: str) -> None:
        self.notices.append(Notice(code, message, pointer))


def _names(question: Question, draft: Draft) -> tuple[str, ...]:
    """The names that question and draft give: the target's and the speakers'."""
    speakers = () if draft.framing is None else (item.speaker for item in draft.framing.evidence)
    return tuple(name for name in (question.target, draft.target, *speakers) if name)


def _all_of(article: Article) -> Coverage:
    length = len(article.text)
    return Coverage(complete=True, ranges_read=(Span(0, length),), ranges_failed=(), fraction=1.0)
