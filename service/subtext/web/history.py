"""The page of what was analysed before: a list with filters, and how outlets framed their subjects over time."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from subtext.http.deps import require_scope
from subtext.schemas.analysis import AnalysisView
from subtext.web.analysis_lookup import NEWEST_MAX, AnalysisLookupDep
from subtext.web.analysis_page import outlet_name
from subtext.web.responses import PageRoute, render_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.schemas.analysis import AnalysisView

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ROWS_MAX = 100
SERIES_MAX = 20
Filter = Annotated[str, Query(max_length=200)]


@router.get("/history", dependencies=[require_scope("read")])
async def get_history(
    readings: AnalysisLookupDep, outlet: Filter = "", target: Filter = "", label: Filter = "", engine: Filter = ""
) -> Response:
    """Analyses that fit every filter that is filled in, the newest first."""
    wanted = {"outlet": outlet, "target": target, "label": label, "engine": engine}
    held = await readings.newest()
    found = [analysis for analysis in held if _fits(analysis, wanted)]
    rows = [(analysis, outlet_name(analysis), publication_day(analysis)) for analysis in found[:ROWS_MAX]]
    series = build_series(found)
    return render_page(
        "history.html.j2",
        found=len(found),
        height=TIMELINE_HEIGHT,
        height_of=y_position,
        held=len(held),
        is_full=len(held) == NEWEST_MAX,
        labels=sorted({label for analysis in held if (label := _filter_values(analysis)["label"])}),
        rows=rows,
        series=[item for item in series if item.points][:SERIES_MAX],
        thin=[item for item in series if not item.points],
        wanted=wanted,
        width=TIMELINE_WIDTH,
    )


def _filter_values(analysis: AnalysisView) -> dict[str, str]:
    return {
        "outlet": outlet_name(analysis),
        "target": analysis.target.name if analysis.target else "",
        "label": (analysis.framing and analysis.framing.label) or "",
        "engine": analysis.engine.kind,
    }


def _fits(analysis: AnalysisView, wanted: dict[str, str]) -> bool:
    facts = _filter_values(analysis)
    exact = all(facts[name] == wanted[name] for name in ("label", "engine") if wanted[name])
    return exact and all(wanted[name].casefold() in facts[name].casefold() for name in ("outlet", "target"))


# Fewer analyses than this say nothing about an outlet.
MIN_ANALYSES = 3


# Student's t, two-sided 95 %, by degrees of freedom from 2; beyond the table the last value errs on the wide side.
_T95 = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120)


TIMELINE_WIDTH, TIMELINE_HEIGHT = 600, 120


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
        return y_position(self.mean)


@dataclass(frozen=True, slots=True)
class Series:
    """What one outlet made of one target; `left_out` analyses are of days that had too few of them."""

    outlet: str
    target: str
    points: tuple[Point, ...]
    left_out: int


def build_series(analyses: Iterable[AnalysisView]) -> list[Series]:
    """Every outlet and target with labelled analyses, by name."""
    grouped: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for analysis in analyses:
        if analysis.framing is not None and analysis.framing.label is not None:
            target = analysis.target.name if analysis.target else "nobody named"
            grouped[outlet_name(analysis), target][publication_day(analysis)].append(analysis.framing.score)
    return [_series(*names, days) for names, days in sorted(grouped.items())]


def publication_day(analysis: AnalysisView) -> str:
    """The day that an article appeared, as far as it is known; else the day of its analysis."""
    for moment in (analysis.document.published_at, analysis.created_at):
        try:
            return date.fromisoformat((moment or "")[:10]).isoformat()
        except ValueError:
            continue
    return "unknown"


def y_position(score: float) -> int:
    """Where a score of -1 to +1 is drawn, from the top."""
    return round((1 - score) / 2 * TIMELINE_HEIGHT)


def _series(outlet: str, target: str, days: dict[str, list[float]]) -> Series:
    enough = {day: scores for day, scores in sorted(days.items()) if len(scores) >= MIN_ANALYSES and day != "unknown"}
    left_out = sum(len(scores) for scores in days.values()) - sum(len(scores) for scores in enough.values())
    return Series(outlet, target, tuple(_points(enough)), left_out)


def _points(days: dict[str, list[float]]) -> Iterable[Point]:
    if not days:
        return
    first, last = (date.fromisoformat(day).toordinal() for day in (min(days), max(days)))
    for day, scores in days.items():
        at = (date.fromisoformat(day).toordinal() - first) / (last - first) if last > first else 0.5
        mean, low, high = t_interval(scores)
        yield Point(day, len(scores), mean, low, high, round(20 + at * (TIMELINE_WIDTH - 40)))


def t_interval(scores: Sequence[float]) -> tuple[float, float, float]:
    """The mean with its 95 % interval by Student's t, inside -1 to +1; at least three scores."""
    mean, n = fmean(scores), len(scores)
    reach = _T95[min(n - MIN_ANALYSES, len(_T95) - 1)] * stdev(scores) / math.sqrt(n)
    return mean, max(-1.0, mean - reach), min(1.0, mean + reach)
