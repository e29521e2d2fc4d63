"""The axis in characters: a bar for each pole and a mark for the score, so that mixed never looks like neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from subtext.cli.terminal import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subtext.api.v1.framing import FramingView

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


def gauge(framing: FramingView, counts: Mapping[str, int], signs: AxisSigns) -> Iterator[Text]:
    """Three lines: the poles' names, the axis with both bars and the score, and the figures."""
    if len(signs.poles) != len(_MARKS):
        return
    negative, positive = signs.poles
    names = Text("  ")
    names.append(f"{_MARKS[0]} {clean(negative)}", _COLOURS[0])
    names.append(" " * max(1, 2 * _HALF + 1 - len(names.plain) - len(clean(positive))))
    names.append(f"{clean(positive)} {_MARKS[1]}", _COLOURS[1])
    yield names
    yield _axis(framing, negative, positive)
    figures = [f"{pole} {framing.scores[pole]:.2f} ({_quotes(counts.get(pole, 0))})" for pole in signs.poles]
    score = "–" if framing.label is None else f"{framing.score:+.2f}"
    yield Text(f"  {clean(figures[0])} · {clean(figures[1])} · score {score} · intensity {framing.intensity:.2f}", "dim")


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


def _quotes(count: int) -> str:
    return "1 quote" if count == 1 else f"{count} quotes"
