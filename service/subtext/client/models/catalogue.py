"""Catalogue: axes, prompts and engines that requests can name, and the state of the service."""

from __future__ import annotations

from subtext.client.models.base import ApiObject


class Pole(ApiObject):
    """One end of an axis."""

    id: str
    name: str
    definition: str


class IndicatorSpec(ApiObject):
    """Coded sign of a pole."""

    code: str
    pole: str
    description: str


class Axis(ApiObject):
    """Axis of framing: score -1 is its first pole, +1 its second."""

    id: str
    version: int
    title: str
    sha256: str
    poles: list[Pole]
    indicators: list[IndicatorSpec]
    labels: list[str]


class AxisList(ApiObject):
    """All loaded axes."""

    axes: list[Axis]


class Prompt(ApiObject):
    """Released prompt."""

    id: str
    version: int
    sha256: str
    parts: list[str]


class PromptList(ApiObject):
    """All loaded prompts."""

    prompts: list[Prompt]


class Engine(ApiObject):
    """Available engine; an empty list means no restriction."""

    name: str
    kind: str
    model: str
    axes: list[str]
    languages: list[str]
    output_mode: str | None


class EngineList(ApiObject):
    """Available engines, the preferred one first."""

    engines: list[Engine]


class Health(ApiObject):
    """Liveness of the service."""

    status: str


class Readiness(ApiObject):
    """Readiness of the service, what it has loaded, and what fails although it is ready (`degraded`)."""

    status: str
    checks: dict[str, str]
    detail: str | None
    engines: list[str]
    axes: int
    prompts: int


class Version(ApiObject):
    """Versions of the service and the schema, and the digest of each released prompt by id@version."""

    version: str
    schema_version: str
    prompts: dict[str, str]
