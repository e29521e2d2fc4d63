"""A page that proves itself: one HTML file with the verdict, its reasons and the article with the evidence marked.

It needs no network and reads whole without scripts. Everything that an article or a model wrote is escaped by the
template; the page's own policy allows no style and no script but the two whose digests it names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.schemas.analysis import AnalysisView
from subtext.web.sheet import sheet_of
from subtext.web.templating import render_alone

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis


def render_report(analysis: Analysis) -> str:
    """The page of one analysis."""
    view = AnalysisView.of(analysis, include_text=True)
    return render_alone("analysis.html.j2", sheet=sheet_of(view))
