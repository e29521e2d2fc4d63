"""The axis in characters: a bar for each pole and a mark for the score, so that mixed never looks like neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.text import Text

from subtext.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subtext.schemas.framing import FramingView

# How many quotes count toward a pole: by the author (True), and by everybody else (False).
Counts: TypeAlias = "Mapping[tuple[str, bool], int]"
_HALF = 24
_COLOURS = ("yellow", "cyan")
_MARKS = ("▼", "▲")


@dataclass(frozen=True, slots=True)
class AxisSigns:
    """How the poles of an axis look: a mark and a colour each, negative pole first."""

    poles: tuple[str, ...]

    @classmethod
    def of(cls, framing: FramingView | None) -> AxisSigns:
        """The signs for the poles that a verdict has scores for."""
        return cls(() if framing is None else tuple(framing.scores)[:2])

    def mark(self, pole: str | None) -> str:
        """The mark of a pole; a dot for what is no pole."""
        return _MARKS[self.poles.index(pole)] if pole in self.poles else "·"

    def colour(self, label: str | None) -> str:
        """The style of a pole; plain for every other label."""
        return _COLOURS[self.poles.index(label)] if label in self.poles else "default"


def gauge(framing: FramingView, counts: Counts, signs: AxisSigns) -> Iterator[Text]:
    """The poles' names, the axis with both bars and the score, the figures, and the quotes on each side."""
    if len(signs.poles) != len(_MARKS):
        return
    negative, positive = signs.poles
    names = Text("  ")
    names.append(f"{_MARKS[0]} {clean(negative)}", _COLOURS[0])
    names.append(" " * max(1, 2 * _HALF + 1 - len(names.plain) - len(clean(positive))))
    names.append(f"{clean(positive)} {_MARKS[1]}", _COLOURS[1])
    yield names
    yield _axis(framing, negative, positive)
    score = "–" if framing.label is None else f"{framing.score:+.2f}"
    strengths = " · ".join(f"{clean(pole)} {framing.scores[pole]:.2f}" for pole in signs.poles)
    yield Text(f"  {strengths} · score {score} · intensity {framing.intensity:.2f}", "dim")
    yield Text(f"  quotes: {_tally(counts, negative, 0)} · {_tally(counts, positive, 1)}", "dim")


def _tally(counts: Counts, pole: str, end: int) -> str:
    own, others = counts.get((pole, True), 0), counts.get((pole, False), 0)
    return f"{_MARKS[end]} {own} by the author, {others} by others"


def _axis(framing: FramingView, negative: str, positive: str) -> Text:
    left, right = (_filled(framing.scores[pole]) for pole in (negative, positive))
    cells = [("─", "dim")] * (_HALF - left) + [("█", _COLOURS[0])] * left
    cells += [("┼", "bold")]
    cells += [("█", _COLOURS[1])] * right + [("─", "dim")] * (_HALF - right)
    if framing.label is not None:
        cells[_HALF + round(framing.score * _HALF)] = ("◆", "bold reverse")
    line = Text("  ")
    for character, style in cells:
        line.append(character, style)
    return line


def _filled(score: float) -> int:
    return round(max(0.0, min(1.0, score)) * _HALF)
