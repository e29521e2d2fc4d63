"""The axis in one line of characters: a bar for each pole, so that mixed never looks like neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.slack.limits import NAME_CHARS
from subtext.slack.wording import foreign

if TYPE_CHECKING:
    from subtext.schemas.framing import FramingView

_CELLS = 8
MARKS = ("◂", "▸")


def gauge(framing: FramingView) -> str:
    """Both poles' bars from the middle outwards, named; an empty string for an axis that has no two poles."""
    poles = list(framing.scores.items())
    if len(poles) != len(MARKS):
        return ""
    (negative, low), (positive, high) = poles
    left, right = (round(max(0.0, min(1.0, score)) * _CELLS) for score in (low, high))
    bar = "░" * (_CELLS - left) + "█" * left + "┃" + "█" * right + "░" * (_CELLS - right)
    return f"{_named(negative)} {low:.0%} {MARKS[0]}{bar}{MARKS[1]} {high:.0%} {_named(positive)}"


def _named(pole: str) -> str:
    return foreign(pole, NAME_CHARS)
