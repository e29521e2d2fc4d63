"""Quality gates: figures by name, the better direction of each, and the bounds they must keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Figure by name; None if there was nothing to measure."""

    name: str
    value: float | None
    better: Better = "higher"


@dataclass(frozen=True, slots=True)
class Gate:
    """Bound of a figure."""

    name: str
    bound: float

    @classmethod
    def parse(cls, option: str) -> tuple[Self, ...]:
        """Parse the gates of `name=value,name=value`; raises `RequestInvalid`."""
        return tuple(cls._parse_one(part) for part in option.split(",") if part.strip())

    @classmethod
    def _parse_one(cls, option: str) -> Self:
        name, _, bound = option.partition("=")
        try:
            return cls(name.strip(), float(bound))
        except ValueError as error:
            raise RequestInvalid(
                f"--gate {option.strip()} is not a gate: write name=number, such as macro_f1=0.6"
            ) from error

    def holds(self, figure: Metric) -> bool:
        """Return whether the figure is within the bound; one that could not be measured is not."""
        if figure.value is None:
            return False
        return figure.value >= self.bound if figure.better == "higher" else figure.value <= self.bound


@dataclass(frozen=True, slots=True)
class GateFailure:
    """Gate that failed, with the measured figure."""

    gate: Gate
    metric: Metric

    @property
    def message(self) -> str:
        """Return the required and the measured value in one line."""
        bound = "at least" if self.metric.better == "higher" else "at most"
        measured = "it could not be measured" if self.metric.value is None else f"it is {self.metric.value:.4f}"
        return f"{self.gate.name} should be {bound} {self.gate.bound:g}, and {measured}"


def failed_gates(gates: Sequence[Gate], figures: Iterable[Metric]) -> tuple[GateFailure, ...]:
    """Return the gates that fail; raises `RequestInvalid` if a name is not a figure of this run."""
    by_name = {figure.name: figure for figure in figures}
    if unknown := [gate.name for gate in gates if gate.name not in by_name]:
        raise RequestInvalid(
            f"--gate: no such figure in this run: {', '.join(unknown)}; the figures are {', '.join(by_name)}"
        )
    return tuple(GateFailure(gate, by_name[gate.name]) for gate in gates if not gate.holds(by_name[gate.name]))
