"""Define the views of axes, prompts and engines."""

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
    """Coded sign of a pole."""

    code: str
    pole: str
    description: str


class AxisView(View):
    """Axis of framing: score -1 is its first pole, +1 its second."""

    id: str
    version: int
    title: str
    sha256: str
    poles: ListOf[PoleView]
    indicators: ListOf[IndicatorSpecView]
    labels: ListOf[str]

    @classmethod
    def of(cls, axis: Axis) -> Self:
        """Build the view of an axis, its negative pole first."""
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
    """All loaded axes."""

    axes: ListOf[AxisView]


class PromptView(View):
    """Released prompt."""

    id: str
    version: int
    sha256: str
    parts: ListOf[str] = Field(description="summary, framing or both.")

    @classmethod
    def of(cls, prompt: PromptSpec) -> Self:
        """Build the view of a prompt."""
        return cls(id=prompt.id, version=prompt.version, sha256=prompt.sha256, parts=sorted(prompt.parts))


class PromptsView(View):
    """All loaded prompts."""

    prompts: ListOf[PromptView]


class EngineView(View):
    """Available engine; an empty list means no restriction."""

    name: str
    kind: str
    model: str
    axes: ListOf[str]
    languages: ListOf[str]
    output_mode: str | None = Field(
        description="How the model's server is asked for JSON at present: json_schema, json_object or plain; "
        "detected from its answers. Null: there is no server."
    )


class EnginesView(View):
    """Available engines, the preferred one first."""

    engines: ListOf[EngineView]

    @classmethod
    def of(cls, engines: tuple[EngineInfo, ...]) -> Self:
        """Build the view of the engines."""
        return cls(engines=[EngineView.model_validate(engine) for engine in engines])
