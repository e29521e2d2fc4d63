"""Figures: every number of a report under one name, and which way is better; what a gate can hold it to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number by name: None where there was nothing to measure it on."""

    name: str
    value: float | None
    better: Better = "higher"


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure's name and how good it must be at least."""

    name: str
    bound: float

    @classmethod
    def parse(cls, written: str) -> tuple[Self, ...]:
        """The gates of `name=value,name=value`; raises `RequestInvalid`."""
        return tuple(cls._parse_one(part) for part in written.split(",") if part.strip())

    @classmethod
    def _parse_one(cls, written: str) -> Self:
        name, _, bound = written.partition("=")
        try:
            return cls(name.strip(), float(bound))
        except ValueError as error:
            raise RequestInvalid(
                f"--gate {written.strip()} is no gate: write name=number, such as macro_f1=0.6"
            ) from error

    def holds(self, figure: Metric) -> bool:
        """Whether the figure is good enough; one that could not be measured is not."""
        if figure.value is None:
            return False
        return figure.value >= self.bound if figure.better == "higher" else figure.value <= self.bound


@dataclass(frozen=True, slots=True)
class GateFailure:
    """A gate that does not hold, and the figure that it was held against."""

    gate: Gate
    metric: Metric

    @property
    def message(self) -> str:
        """What was wanted and what there is, in one line."""
        bound = "at least" if self.metric.better == "higher" else "at most"
        found = "it could not be measured" if self.metric.value is None else f"it is {self.metric.value:.4f}"
        return f"{self.gate.name} should be {bound} {self.gate.bound:g}, and {found}"


def failed_gates(gates: Sequence[Gate], figures: Iterable[Metric]) -> tuple[GateFailure, ...]:
    """The gates that do not hold; raises `RequestInvalid` for a name that this run has no figure of."""
    by_name = {figure.name: figure for figure in figures}
    if stray := [gate.name for gate in gates if gate.name not in by_name]:
        raise RequestInvalid(f"--gate names no figure of this run: {', '.join(stray)}; there are {', '.join(by_name)}")
    return tuple(GateFailure(gate, by_name[gate.name]) for gate in gates if not gate.holds(by_name[gate.name]))
