"""Render a report as one standalone HTML file, without network or scripts.

It includes a reliability diagram: one bar for each bin, as high as its accuracy, and the diagonal of perfect
calibration.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from subtext.domain.text.invisible import show_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from subtext.evals.label_metrics import Bin
    from subtext.evals.report import Report
    from subtext.evals.results import CaseResult

ABSENT = "–"
# Side of the square diagram, in units of its viewBox.
SIDE = 300
_GAP = 2
_DOT_MIN, _DOT_MAX = 3, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """Bar of one bin in the reliability diagram, with its dot at mean confidence and accuracy, and its description."""

    x: int
    y: int
    width: int
    height: int
    dot_x: int
    dot_y: int
    radius: int
    words: str


def build_plot(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """Lay out the reliability diagram of at least one bin; y grows downwards, as in SVG."""
    max_count = max(bucket.count for bucket in bins)
    return tuple(_bar(bucket, max_count) for bucket in bins)


def _bar(bucket: Bin, max_count: int) -> Bar:
    left, right = round(bucket.low * SIDE), round(bucket.high * SIDE)
    height = round(bucket.accuracy * SIDE)
    return Bar(
        x=left + _GAP,
        y=SIDE - height,
        width=right - left - 2 * _GAP,
        height=height,
        dot_x=round(bucket.confidence * SIDE),
        dot_y=SIDE - height,
        radius=_DOT_MIN + round((_DOT_MAX - _DOT_MIN) * bucket.count / max_count),
        words=f"confidence {bucket.low:.1f} to {bucket.high:.1f}: {bucket.count} answers, {bucket.accuracy:.0%} right",
    )


def render_page(report: Report) -> str:
    """Render the page of a report."""
    style = _file("html_report.css")
    framing = report.framing
    return _template().render(
        report=report,
        framing=framing,
        plot=None if framing is None or not framing.reliability else build_plot(framing.reliability),
        policy=_policy(style),
        style=style,
        wrong=sorted((answer for answer in report.answers if not answer.is_right), key=_confidence_order),
    )


def percent(share: float | None) -> str:
    """Format a share as a percentage."""
    return ABSENT if share is None else f"{share:.1%}"


def number(value: float | None, digits: int = 3) -> str:
    """Format a figure with `digits` decimals."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def _confidence_order(answer: CaseResult) -> tuple[float, str]:
    return -answer.confidence, answer.id


def _policy(style: str) -> str:
    """Return the Content-Security-Policy: nothing is loaded or run, and only the inline style applies."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _file(name: str) -> str:
    return files("subtext.evals").joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, percent=percent, shown=show_controls)
    return environment.get_template("html_report.html.j2")
