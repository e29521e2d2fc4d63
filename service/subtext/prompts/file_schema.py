"""Define the schema of axis and prompt files: strict, frozen, unknown fields rejected.

One axis is `axes/<id>/v<version>/axis.yaml`; one prompt is `<id>/v<version>/prompt.yaml` and `examples.yaml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, Strict, StringConstraints, model_validator

from subtext.analysis.ports import AnalysisPart
from subtext.domain.axis import Axis, Indicator, Pole
from subtext.domain.evidence import Polarity, Strength
from subtext.prompts.templates import correction_template, system_template, user_template, variables_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

# YAML lists become tuples and sets: the only conversion in strict mode.
TupleOf = Annotated[tuple[T, ...], Strict(strict=False)]
NonEmptyTupleOf = Annotated[tuple[T, ...], Strict(strict=False), Field(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Version = Annotated[int, Field(ge=1)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

# Fields of an answer for each part, besides the target.
FIELDS: Mapping[AnalysisPart, frozenset[str]] = {
    "summary": frozenset({"headline", "sentences"}),
    "framing": frozenset({"evidence", "rationale", "label", "confidence"}),
}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IndicatorEntry(_File):
    """Coded sign of a pole."""

    code: Code
    description: Prose


class PoleEntry(_File):
    """One end of an axis and its indicators."""

    id: Id
    name: Prose
    definition: Prose
    indicators: NonEmptyTupleOf[IndicatorEntry]


class PolesEntry(_File):
    """Both ends of an axis; scores run from -1 (wholly negative) to +1 (wholly positive)."""

    negative: PoleEntry
    positive: PoleEntry


class FramingQuote(_File):
    """Verbatim quote of an example, coded as a model should code it; `speaker` is null for the author."""

    quote: Prose
    speaker: str | None
    pole: Id
    indicator: Code | None
    strength: Strength
    polarity: Polarity


class WorkedExample(_File):
    """Short text with the label and evidence that a careful coder gives it."""

    text: Prose
    target: Prose
    label: Id
    why: Prose
    evidence: TupleOf[FramingQuote]

    @model_validator(mode="after")
    def _quotes_are_verbatim(self) -> Self:
        _require_verbatim((item.quote for item in self.evidence), self.text)
        return self


class AxisFile(_File):
    """Content of an axis file: question, poles, coding rules and worked examples."""

    id: Id
    version: Version
    title: Prose
    question: Prose
    target: Prose
    poles: PolesEntry
    mixed: Prose
    neither: Prose
    rules: NonEmptyTupleOf[Prose]
    confidence: Prose
    examples: NonEmptyTupleOf[WorkedExample]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        axis = self.axis(sha256="")
        codes = [indicator.code for indicator in axis.indicators]
        if duplicates := {code for code in codes if codes.count(code) > 1}:
            raise ValueError(f"poles: duplicate indicators: {', '.join(sorted(duplicates))}; give each its own code")
        for number, example in enumerate(self.examples):
            _check_example(f"examples.{number}", example, axis)
        return self

    def axis(self, *, sha256: str) -> Axis:
        """Convert to the domain's axis; raises ValueError unless it has two different poles."""
        ends = self.poles.negative, self.poles.positive
        negative, positive = (Pole(end.id, end.name, end.definition) for end in ends)
        indicators = tuple(
            Indicator(indicator.code, end.id, indicator.description) for end in ends for indicator in end.indicators
        )
        return Axis(self.id, self.version, self.title, negative, positive, indicators, sha256)


def _check_example(path: str, example: WorkedExample, axis: Axis) -> None:
    if example.label not in axis.labels:
        raise ValueError(f"{path}.label: none of {', '.join(axis.labels)}: correct it")
    indicators = {(indicator.pole, indicator.code) for indicator in axis.indicators}
    for item in example.evidence:
        if item.pole not in axis.poles:
            raise ValueError(f"{path}.evidence: {item.pole} is not a pole of this axis: correct it")
        if item.indicator is not None and (item.pole, item.indicator) not in indicators:
            raise ValueError(f"{path}.evidence: {item.indicator} is not an indicator of {item.pole}: correct it")


class PromptFile(_File):
    """Content of a prompt file: the parts of an analysis it asks for, and its messages as templates.

    `system` and `user` are sent first, `mend` after an unusable answer.
    """

    id: Id
    version: Version
    title: Prose
    parts: Annotated[frozenset[AnalysisPart], Strict(strict=False), Field(min_length=1)]
    system: Annotated[str, AfterValidator(system_template)]
    user: Annotated[str, AfterValidator(user_template)]
    mend: Annotated[str, AfterValidator(correction_template)]

    @model_validator(mode="after")
    def _asks_on_an_axis(self) -> Self:
        if "framing" in self.parts and "axis" not in variables_in(self.system):
            raise ValueError("system: axis must be used, or the model does not know how to judge the framing")
        return self


class SentenceEntry(_File):
    """Sentence of an example's summary with its verbatim quotes."""

    text: Prose
    quotes: NonEmptyTupleOf[Prose]


class AnswerEntry(_File):
    """Answer of an example, with the fields that a model should write.

    A prompt serves every axis, so its examples frame nothing; examples of a pole belong to the axis.
    """

    target: str | None
    headline: Prose | None = None
    sentences: NonEmptyTupleOf[SentenceEntry] | None = None
    evidence: Annotated[TupleOf[FramingQuote], Field(max_length=0)] | None = None
    rationale: Prose | None = None
    label: Literal["neither"] | None = None
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None


class PromptExample(_File):
    """Short article, its target if the caller named one, and the answer to it."""

    article: Prose
    target: str | None = None
    answer: AnswerEntry

    @model_validator(mode="after")
    def _quotes_are_verbatim(self) -> Self:
        sentences = self.answer.sentences or ()
        _require_verbatim((quote for sentence in sentences for quote in sentence.quotes), self.article)
        return self


class ExamplesFile(_File):
    """Content of an examples file."""

    examples: TupleOf[PromptExample]


class ReleasedFile(RootModel[dict[str, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]]]):
    """SHA-256 digest of each released version, by folder."""


def _require_verbatim(quotes: Iterable[str], text: str) -> None:
    if missing := [quote for quote in quotes if quote not in text]:
        raise ValueError(f"not in the example's text word for word: {'; '.join(missing)}")
