"""Lay out the axis chart: a bar for each pole from the middle outwards, and a point for both scores in a diamond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.schemas.quote_counts import QuoteCounts

if TYPE_CHECKING:
    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.framing import FramingView

# Units of the bars' viewBox, from the middle to one end of the axis.
HALF_WIDTH = 300
# Units of the diamond's viewBox: its centre, and the distance from there to each corner.
CENTRE = 110
RADIUS = 84


@dataclass(frozen=True, slots=True)
class PoleBar:
    """Bar of one pole: its score (0-1), its length, and whose quotes show it."""

    pole: str
    strength: float
    length: int
    counts: QuoteCounts


@dataclass(frozen=True, slots=True)
class AxisChart:
    """Layout of the chart: both bars, the mark of the score and the point (x, y) in the diamond, None without a label.

    The diamond is a square on its corner: below neither pole, left the first, right the second, on top both.
    """

    negative: PoleBar
    positive: PoleBar
    mark: int | None
    point: tuple[int, int] | None


def build_axis_chart(analysis: AnalysisView) -> AxisChart | None:
    """Build the chart of an analysis; None if it has no framing."""
    framing = analysis.framing
    if framing is None:
        return None
    negative, positive = (_pole_bar(pole, framing, analysis) for pole in framing.scores)
    if framing.label is None:
        return AxisChart(negative, positive, None, None)
    return AxisChart(negative, positive, x_position(framing.score), _point(negative.strength, positive.strength))


def x_position(score: float) -> int:
    """Return the horizontal position of a score (-1 to +1), in units of the drawing."""
    return HALF_WIDTH + round(score * HALF_WIDTH)


def _point(negative: float, positive: float) -> tuple[int, int]:
    across, up = positive - negative, positive + negative - 1
    return CENTRE + round(across * RADIUS), CENTRE - round(up * RADIUS)


def _pole_bar(pole: str, framing: FramingView, analysis: AnalysisView) -> PoleBar:
    strength = framing.scores[pole]
    return PoleBar(pole, strength, round(strength * HALF_WIDTH), QuoteCounts.of(analysis.evidence, pole))
