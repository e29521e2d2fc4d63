"""The page of what was analysed before: a list with filters, and how outlets framed their subjects over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from subtext.http.deps import require_scope
from subtext.web.pages import PageRoute, page
from subtext.web.sheet import named_outlet
from subtext.web.shelf import NEWEST_MAX, ReadingsDep
from subtext.web.timeline import HEIGHT, WIDTH, day_of, height_of, series_of

if TYPE_CHECKING:
    from subtext.schemas.analysis import AnalysisView

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ROWS_MAX = 100
SERIES_MAX = 20
Filter = Annotated[str, Query(max_length=200)]


@router.get("/history", dependencies=[require_scope("read")])
async def get_history(
    readings: ReadingsDep, outlet: Filter = "", target: Filter = "", label: Filter = "", engine: Filter = ""
) -> Response:
    """Analyses that fit every filter that is filled in, the newest first."""
    wanted = {"outlet": outlet, "target": target, "label": label, "engine": engine}
    held = await readings.newest()
    found = [analysis for analysis in held if _fits(analysis, wanted)]
    rows = [(analysis, named_outlet(analysis), day_of(analysis)) for analysis in found[:ROWS_MAX]]
    series = series_of(found)
    return page(
        "history.html.j2",
        found=len(found),
        height=HEIGHT,
        height_of=height_of,
        held=len(held),
        is_full=len(held) == NEWEST_MAX,
        labels=sorted({label for analysis in held if (label := _facts(analysis)["label"])}),
        rows=rows,
        series=[item for item in series if item.points][:SERIES_MAX],
        thin=[item for item in series if not item.points],
        wanted=wanted,
        width=WIDTH,
    )


def _facts(analysis: AnalysisView) -> dict[str, str]:
    return {
        "outlet": named_outlet(analysis),
        "target": analysis.target.name if analysis.target else "",
        "label": (analysis.framing and analysis.framing.label) or "",
        "engine": analysis.engine.kind,
    }


def _fits(analysis: AnalysisView, wanted: dict[str, str]) -> bool:
    facts = _facts(analysis)
    exact = all(facts[name] == wanted[name] for name in ("label", "engine") if wanted[name])
    return exact and all(wanted[name].casefold() in facts[name].casefold() for name in ("outlet", "target"))
