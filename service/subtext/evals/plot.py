"""The calibration as a drawing: a bar for each bin as high as its accuracy, against the line where both are equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.evals.calibration import Bin

# The drawing's own units: the side of its square.
SIDE = 300
_GAP = 2
_DOT_MIN, _DOT_MAX = 3, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin as drawn: the bar's box, the dot at mean confidence and accuracy, and what it says in words."""

    x: int
    y: int
    width: int
    height: int
    dot_x: int
    dot_y: int
    radius: int
    words: str


def plot_of(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """The bars of at least one bin; y runs downward, as SVG has it."""
    most = max(each.count for each in bins)
    return tuple(_bar(each, most) for each in bins)


def _bar(each: Bin, most: int) -> Bar:
    left, right = round(each.low * SIDE), round(each.high * SIDE)
    height = round(each.accuracy * SIDE)
    return Bar(
        x=left + _GAP,
        y=SIDE - height,
        width=right - left - 2 * _GAP,
        height=height,
        dot_x=round(each.confidence * SIDE),
        dot_y=SIDE - height,
        radius=_DOT_MIN + round((_DOT_MAX - _DOT_MIN) * each.count / most),
        words=f"confidence {each.low:.1f} to {each.high:.1f}: {each.count} answers, {each.accuracy:.0%} right",
    )
