"""Scores over time: for each outlet and target the mean of each day, with its interval, where there is enough of it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from subtext.web.sheet import named_outlet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.schemas.analysis import AnalysisView

# Fewer analyses than this say nothing about an outlet.
LEAST = 3
# Student's t, two-sided 95 %, by degrees of freedom from 2; beyond the table the last value errs on the wide side.
_T95 = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120)
WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Point:
    """One day: mean score of `n` analyses and the 95 % interval of that mean, and where it is drawn."""

    day: str
    n: int
    mean: float
    low: float
    high: float
    x: int = 0

    @property
    def y(self) -> int:
        """Where the mean is drawn: the second pole is up."""
        return height_of(self.mean)


@dataclass(frozen=True, slots=True)
class Series:
    """What one outlet made of one target; `left_out` analyses are of days that had too few of them."""

    outlet: str
    target: str
    points: tuple[Point, ...]
    left_out: int


def series_of(analyses: Iterable[AnalysisView]) -> list[Series]:
    """Every outlet and target with labelled analyses, by name."""
    grouped: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for analysis in analyses:
        if analysis.framing is not None and analysis.framing.label is not None:
            target = analysis.target.name if analysis.target else "nobody named"
            grouped[named_outlet(analysis), target][day_of(analysis)].append(analysis.framing.score)
    return [_series(*names, days) for names, days in sorted(grouped.items())]


def day_of(analysis: AnalysisView) -> str:
    """The day that an article appeared, as far as it is known; else the day of its analysis."""
    for moment in (analysis.document.published_at, analysis.created_at):
        try:
            return date.fromisoformat((moment or "")[:10]).isoformat()
        except ValueError:
            continue
    return "unknown"


def height_of(score: float) -> int:
    """Where a score of -1 to +1 is drawn, from the top."""
    return round((1 - score) / 2 * HEIGHT)


def _series(outlet: str, target: str, days: dict[str, list[float]]) -> Series:
    enough = {day: scores for day, scores in sorted(days.items()) if len(scores) >= LEAST and day != "unknown"}
    left_out = sum(len(scores) for scores in days.values()) - sum(len(scores) for scores in enough.values())
    return Series(outlet, target, tuple(_points(enough)), left_out)


def _points(days: dict[str, list[float]]) -> Iterable[Point]:
    if not days:
        return
    first, last = (date.fromisoformat(day).toordinal() for day in (min(days), max(days)))
    for day, scores in days.items():
        at = (date.fromisoformat(day).toordinal() - first) / (last - first) if last > first else 0.5
        mean, low, high = interval(scores)
        yield Point(day, len(scores), mean, low, high, round(20 + at * (WIDTH - 40)))


def interval(scores: Sequence[float]) -> tuple[float, float, float]:
    """The mean with its 95 % interval by Student's t, inside -1 to +1; at least three scores."""
    mean, n = fmean(scores), len(scores)
    reach = _T95[min(n - LEAST, len(_T95) - 1)] * stdev(scores) / math.sqrt(n)
    return mean, max(-1.0, mean - reach), min(1.0, mean + reach)
