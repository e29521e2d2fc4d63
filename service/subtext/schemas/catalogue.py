"""What there is to ask for: axes, prompts and engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field

from subtext.schemas.base import ListOf, View

if TYPE_CHECKING:
    from subtext.analysis.ports import EngineInfo
    from subtext.domain.axis import Axis
    from subtext.prompts.spec import PromptSpec


class PoleView(View):
    """One end of an axis."""

    id: str
    name: str
    definition: str


class IndicatorSpecView(View):
    """A coded sign of a pole."""

    code: str
    pole: str
    description: str


class AxisView(View):
    """An axis of framing: score -1 is its first pole, +1 its second."""

    id: str
    version: int
    title: str
    sha256: str
    poles: ListOf[PoleView]
    indicators: ListOf[IndicatorSpecView]
    labels: ListOf[str]

    @classmethod
    def of(cls, axis: Axis) -> Self:
        """An axis with its poles in order."""
        return cls(
            id=axis.id,
            version=axis.version,
            title=axis.title,
            sha256=axis.sha256,
            poles=[PoleView.model_validate(pole) for pole in (axis.negative, axis.positive)],
            indicators=[IndicatorSpecView.model_validate(indicator) for indicator in axis.indicators],
            labels=list(axis.labels),
        )


class AxesView(View):
    """The axes that are loaded."""

    axes: ListOf[AxisView]


class PromptView(View):
    """A released prompt."""

    id: str
    version: int
    sha256: str
    parts: ListOf[str] = Field(description="summary, framing or both.")

    @classmethod
    def of(cls, prompt: PromptSpec) -> Self:
        """A prompt by its name and digest."""
        return cls(id=prompt.id, version=prompt.version, sha256=prompt.sha256, parts=sorted(prompt.parts))


class PromptsView(View):
    """The prompts that are loaded."""

    prompts: ListOf[PromptView]


class EngineView(View):
    """An engine that can be asked for; empty lists mean that there is no limit."""

    name: str
    kind: str
    model: str
    axes: ListOf[str]
    languages: ListOf[str]
    output_mode: str | None = Field(
        description="How the model's server is asked for JSON at present: json_schema, json_object or plain; found "
        "out from how it answers. Null: no server is asked."
    )


class EnginesView(View):
    """The engines, the preferred one first."""

    engines: ListOf[EngineView]

    @classmethod
    def of(cls, cards: tuple[EngineInfo, ...]) -> Self:
        """The engines as their cards say."""
        return cls(engines=[EngineView.model_validate(card) for card in cards])
