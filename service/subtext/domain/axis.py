"""An axis of framing: two opposed poles and the signs by which each is known."""

from __future__ import annotations

from dataclasses import dataclass

MIXED = "mixed"
NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Pole:
    """One end of an axis: a stable id, a name for people and its definition."""

    id: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A coded sign of one pole, such as `overcompensation` for desperation."""

    code: str
    pole: str
    description: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Two poles; scores run from -1 (wholly `negative`) to +1 (wholly `positive`)."""

    id: str
    version: int
    title: str
    negative: Pole
    positive: Pole
    indicators: tuple[Indicator, ...]
    sha256: str

    def __post_init__(self) -> None:
        ids = {self.negative.id, self.positive.id}
        if len(ids) != len((self.negative, self.positive)) or ids & {MIXED, NEITHER}:
            raise ValueError("an axis needs two different poles, neither of them called mixed or neither")
        if stray := [i.code for i in self.indicators if i.pole not in ids]:
            raise ValueError(f"indicators of no pole of this axis: {', '.join(stray)}")

    @property
    def poles(self) -> tuple[str, str]:
        """Return the pole ids, negative end first."""
        return self.negative.id, self.positive.id

    @property
    def labels(self) -> tuple[str, str, str, str]:
        """Return every label that an analysis on this axis can carry."""
        return self.negative.id, self.positive.id, MIXED, NEITHER

    def opposite_pole(self, pole: str) -> str:
        """Return the id of the opposite pole."""
        negative, positive = self.poles
        if pole not in self.poles:
            raise ValueError(f"{pole!r} is no pole of {self.id}")
        return positive if pole == negative else negative
