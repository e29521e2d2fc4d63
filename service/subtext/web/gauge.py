"""The axis as a drawing: a bar for each pole from the middle outward, and a mark for the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.evidence import AUTHOR_ID

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis
    from subtext.domain.framing import Framing

# The drawing's own units, from the middle to one end of the axis.
HALF = 300


@dataclass(frozen=True, slots=True)
class Side:
    """One pole: its id, its strength in 0-1, the length of its bar, and its quotes by the author and by others."""

    pole: str
    strength: float
    length: int
    author: int
    others: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """Both poles and where the score's mark stands (None where there is no label)."""

    negative: Side
    positive: Side
    mark: int | None


def gauge_of(analysis: Analysis) -> Gauge | None:
    """What to draw, or None where nothing was weighed."""
    framing = analysis.framing
    if framing is None:
        return None
    negative, positive = (_side(pole, framing, analysis) for pole in framing.lean.scores)
    mark = None if framing.lean.label is None else HALF + round(framing.lean.score * HALF)
    return Gauge(negative, positive, mark)


def _side(pole: str, framing: Framing, analysis: Analysis) -> Side:
    strength = framing.lean.scores[pole]
    quotes = [item for item in analysis.evidence if item.pole == pole]
    author = sum(item.voice_id == AUTHOR_ID for item in quotes)
    return Side(pole, strength, round(strength * HALF), author, len(quotes) - author)
