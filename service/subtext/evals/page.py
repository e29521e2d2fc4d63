"""A page of one report: self-contained, without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.evals.report import Report


def render_page(report: Report) -> str:
    """The page."""
    return report.as_json()
