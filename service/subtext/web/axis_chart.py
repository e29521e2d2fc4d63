"""The axis as a drawing: a bar for each pole from the middle outward, and a point that has both strengths at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.evidence import AUTHOR_ID

if TYPE_CHECKING:
    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.framing import FramingView

# The bars' own units, from the middle to one end of the axis.
HALF_WIDTH = 300
# The diamond's own units: its middle, and from there to each of its four corners.
CENTRE = 110
RADIUS = 84


@dataclass(frozen=True, slots=True)
class PoleBar:
    """One pole: its id, its strength in 0-1, the length of its bar, and its quotes by the author and by others."""

    pole: str
    strength: float
    length: int
    author: int
    others: int


@dataclass(frozen=True, slots=True)
class AxisChart:
    """Both poles, where the score's mark stands (None where there is no label), and the point (x, y) in the diamond.

    The diamond is a square on its corner: below neither pole, left the first, right the second, on top both.
    """

    negative: PoleBar
    positive: PoleBar
    mark: int | None
    point: tuple[int, int] | None


def build_axis_chart(analysis: AnalysisView) -> AxisChart | None:
    """What to draw, or None where nothing was weighed."""
    framing = analysis.framing
    if framing is None:
        return None
    negative, positive = (_pole_bar(pole, framing, analysis) for pole in framing.scores)
    if framing.label is None:
        return AxisChart(negative, positive, None, None)
    return AxisChart(negative, positive, x_position(framing.score), _point(negative.strength, positive.strength))


def x_position(score: float) -> int:
    """Where a score of -1 to +1 stands on the axis, in units of the drawing."""
    return HALF_WIDTH + round(score * HALF_WIDTH)


def _point(negative: float, positive: float) -> tuple[int, int]:
    across, up = positive - negative, positive + negative - 1
    return CENTRE + round(across * RADIUS), CENTRE - round(up * RADIUS)


def _pole_bar(pole: str, framing: FramingView, analysis: AnalysisView) -> PoleBar:
    strength = framing.scores[pole]
    quotes = [item for item in analysis.evidence if item.pole == pole]
    author = sum(item.voice_id == AUTHOR_ID for item in quotes)
    return PoleBar(pole, strength, round(strength * HALF_WIDTH), author, len(quotes) - author)
