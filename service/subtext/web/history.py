"""Serve the history page: a filtered list of analyses, and a time series for each outlet and target.

Student's t is a table of 15 values here: SciPy would be a large dependency for one function.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from subtext.http.deps import require_scope
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
    lookup: AnalysisLookupDep, outlet: Filter = "", target: Filter = "", label: Filter = "", engine: Filter = ""
) -> Response:
    """Render the analyses that match all filters, the newest first."""
    filters = {"outlet": outlet, "target": target, "label": label, "engine": engine}
    analyses = await lookup.newest()
    matches = [analysis for analysis in analyses if _matches(analysis, filters)]
    rows = [(analysis, outlet_name(analysis), publication_day(analysis)) for analysis in matches[:ROWS_MAX]]
    series = build_series(matches)
    return render_page(
        "history.html.j2",
        match_count=len(matches),
        height=TIMELINE_HEIGHT,
        total=len(analyses),
        y_position=y_position,
        is_full=len(analyses) == NEWEST_MAX,
        labels=sorted({label for analysis in analyses if (label := _filter_values(analysis)["label"])}),
        rows=rows,
        series=[item for item in series if item.points][:SERIES_MAX],
        sparse_series=[item for item in series if not item.points],
        filters=filters,
        width=TIMELINE_WIDTH,
    )


def _filter_values(analysis: AnalysisView) -> dict[str, str]:
    return {
        "outlet": outlet_name(analysis),
        "target": analysis.target.name if analysis.target else "",
        "label": (analysis.framing and analysis.framing.label) or "",
        "engine": analysis.engine.kind,
    }


def _matches(analysis: AnalysisView, filters: dict[str, str]) -> bool:
    values = _filter_values(analysis)
    exact = all(values[name] == filters[name] for name in ("label", "engine") if filters[name])
    return exact and all(filters[name].casefold() in values[name].casefold() for name in ("outlet", "target"))


# Below this number of analyses a day no mean is drawn.
MIN_ANALYSES = 3


# Student's t, two-sided 95 %, by degrees of freedom; beyond the table the last value errs on the wide side.
_T95_FIRST = 2
_T95 = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120)


TIMELINE_WIDTH, TIMELINE_HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a series: mean score of `n` analyses, its 95 % confidence interval, and its position."""

    day: str
    n: int
    mean: float
    low: float
    high: float
    x: int = 0

    @property
    def y(self) -> int:
        """Return the vertical position of the mean; the second pole is at the top."""
        return y_position(self.mean)


@dataclass(frozen=True, slots=True)
class Series:
    """Time series of one outlet, target and axis, whose poles it has; `left_out` are analyses on days with too few."""

    outlet: str
    target: str
    poles: tuple[str, ...]
    points: tuple[Point, ...]
    left_out: int


def build_series(analyses: Iterable[AnalysisView]) -> list[Series]:
    """Group labelled analyses by outlet, target and poles, sorted by name: scores of two axes have no mean."""
    grouped: dict[tuple[str, str, tuple[str, ...]], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for analysis in analyses:
        if analysis.framing is not None and analysis.framing.label is not None:
            target = analysis.target.name if analysis.target else "no target"
            key = (outlet_name(analysis), target, tuple(analysis.framing.scores))
            grouped[key][publication_day(analysis)].append(analysis.framing.score)
    return [_series(*names, days) for names, days in sorted(grouped.items())]


def publication_day(analysis: AnalysisView) -> str:
    """Return the day an article was published, else the day it was analysed; `unknown` if neither is a date."""
    for moment in (analysis.document.published_at, analysis.created_at):
        try:
            return date.fromisoformat((moment or "")[:10]).isoformat()
        except ValueError:
            continue
    return "unknown"


def y_position(score: float) -> int:
    """Return the vertical position of a score (-1 to +1), from the top."""
    return round((1 - score) / 2 * TIMELINE_HEIGHT)


def _series(outlet: str, target: str, poles: tuple[str, ...], days: dict[str, list[float]]) -> Series:
    drawn_days = {
        day: scores for day, scores in sorted(days.items()) if len(scores) >= MIN_ANALYSES and day != "unknown"
    }
    left_out = sum(len(scores) for scores in days.values()) - sum(len(scores) for scores in drawn_days.values())
    return Series(outlet, target, poles, tuple(_points(drawn_days)), left_out)


def _points(days: dict[str, list[float]]) -> Iterable[Point]:
    if not days:
        return
    first, last = (date.fromisoformat(day).toordinal() for day in (min(days), max(days)))
    for day, scores in days.items():
        fraction = (date.fromisoformat(day).toordinal() - first) / (last - first) if last > first else 0.5
        mean, low, high = t_interval(scores)
        yield Point(day, len(scores), mean, low, high, round(20 + fraction * (TIMELINE_WIDTH - 40)))


def t_interval(scores: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean and its 95 % confidence interval by Student's t, clipped to -1 to +1; needs three scores."""
    mean, n = fmean(scores), len(scores)
    half_width = _T95[min(n - 1 - _T95_FIRST, len(_T95) - 1)] * stdev(scores) / math.sqrt(n)
    return mean, max(-1.0, mean - half_width), min(1.0, mean + half_width)
