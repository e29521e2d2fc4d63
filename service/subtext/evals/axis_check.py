"""Check an axis beyond its schema: placeholders, coverage of the labels, and examples that the rules decide as coded.

The coded evidence of each worked example, and of each row of the axis's own labelled set, goes through the proof that a
model's answer goes through. An example whose evidence does not bear its label would teach a model to be corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.analyzer import Analyzer
from subtext.analysis.ports import EngineInfo, EngineResult
from subtext.analysis.request import AnalysisRequest
from subtext.analysis.scoring import choose_label, decisive_score
from subtext.domain.analysis import EngineUsed, Provenance, Usage
from subtext.domain.article import Article, Source, prepend_title
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming
from subtext.prompts.scaffold import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.analysis.ports import EngineRequest
    from subtext.clock import Clock
    from subtext.domain.analysis import Analysis
    from subtext.domain.axis import Axis
    from subtext.evals.dataset import LabeledArticle
    from subtext.prompts.file_schema import WorkedExample
    from subtext.prompts.spec import AxisSpec

INDICATORS_MIN = 3
_NAME = "coded"


@dataclass(frozen=True, slots=True)
class AxisFinding:
    """One finding: where it is, and what is wrong and what to do."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class CodedArticle:
    """Text with its coded framing: a worked example, or a row of a labelled set."""

    where: str
    title: str | None
    text: str
    target: str | None
    label: str
    evidence: tuple[DraftEvidence, ...]

    @classmethod
    def from_example(cls, number: int, example: WorkedExample) -> CodedArticle:
        """Build from a worked example of the axis."""
        evidence = tuple(
            DraftEvidence(item.quote, item.speaker, item.pole, item.strength, item.polarity, item.indicator)
            for item in example.evidence
        )
        return cls(f"examples.{number}", None, example.text, example.target, example.label, evidence)

    @classmethod
    def from_row(cls, row: LabeledArticle) -> CodedArticle:
        """Build from a row of a labelled set, whose quotes all count alike."""
        evidence = tuple(
            DraftEvidence(
                quote.quote, quote.speaker or ("" if quote.voice == "attributed" else None), quote.pole, "strong"
            )
            for quote in row.evidence
        )
        return cls(f"set, {row.id}", row.title or None, row.text, row.target, row.label, evidence)


class CodedEngine:
    """Engine that answers with an article's coded framing."""

    info = EngineInfo(_NAME, "llm", _NAME)

    def __init__(self, coded: CodedArticle) -> None:
        self._coded = coded

    async def read(self, request: EngineRequest) -> EngineResult:
        """Answer with the coded label and evidence."""
        del request
        framing = DraftFraming(self._coded.label, None, "as coded", self._coded.evidence)
        return EngineResult(
            Draft(self._coded.target, None, framing), Provenance(EngineUsed("llm", _NAME), None, Usage())
        )


async def check_axis(spec: AxisSpec, rows: Sequence[LabeledArticle], clock: Clock) -> tuple[AxisFinding, ...]:
    """Check an axis and its labelled set, which may be empty; return what to mend, nothing if all is well."""
    examples = [CodedArticle.from_example(number, example) for number, example in enumerate(spec.examples)]
    coded_rows = [CodedArticle.from_row(row) for row in rows]
    findings = [
        *_check_placeholders(spec, rows),
        *_check_indicators(spec),
        *_check_coverage("examples", spec.axis, examples),
        *(_check_coverage("set", spec.axis, coded_rows) if rows else ()),
    ]
    for coded in (*examples, *coded_rows):
        findings += _check_analysis(coded, await _analyze(coded, spec.axis, clock), spec.axis)
    return tuple(findings)


def _check_placeholders(spec: AxisSpec, rows: Iterable[LabeledArticle]) -> Iterator[AxisFinding]:
    documents = {"axis": spec.file.model_dump(mode="json"), **{f"set, {row.id}": row.model_dump() for row in rows}}
    for where, document in documents.items():
        for path, value in _strings(document, where):
            if value.lstrip().startswith(PLACEHOLDER):
                yield AxisFinding(path, f"{PLACEHOLDER} is left: replace it")


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{path}.{number}")


def _check_indicators(spec: AxisSpec) -> Iterator[AxisFinding]:
    for pole in spec.axis.poles:
        count = sum(indicator.pole == pole for indicator in spec.axis.indicators)
        if count < INDICATORS_MIN:
            yield AxisFinding(f"axis.poles.{pole}", f"{count} indicators: name {INDICATORS_MIN} or more signs of it")


def _check_coverage(where: str, axis: Axis, coded: Iterable[CodedArticle]) -> Iterator[AxisFinding]:
    used = {article.label for article in coded}
    for label in axis.labels:
        if label not in used:
            yield AxisFinding(where, f"none is {label}: add one, so that a reader and a model see the difference")


async def _analyze(coded: CodedArticle, axis: Axis, clock: Clock) -> Analysis:
    text, headline, changes = prepend_title(coded.title, coded.text)
    article = Article(text, Source("text"), headline, normalisation=changes)
    request = AnalysisRequest(axis, frozenset({"framing"}), coded.target)
    return await Analyzer({_NAME: CodedEngine(coded)}, clock).analyze(article, request)


def _check_analysis(coded: CodedArticle, analysis: Analysis, axis: Axis) -> Iterator[AxisFinding]:
    for rejection in analysis.grounding.rejected_items:
        yield AxisFinding(coded.where, f"the quote {rejection.quote!r} is not evidence: {rejection.reason}")
    summed = decisive_score(analysis.evidence, axis).label
    label, _ = choose_label(coded.label, summed, analysis.evidence, axis)
    if label != coded.label:
        yield AxisFinding(
            coded.where,
            f"coded {coded.label}, but its evidence bears {label}: correct the label, or the quotes, their strengths "
            "and voices",
        )
