"""A page of one report: one HTML file with every figure and a drawing of the calibration; no network, no script.

The calibration as a drawing: a bar for each bin as high as its accuracy, against the line where both are equal.
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

# The drawing's own units: the side of its square.
SIDE = 300

_GAP = 2

_DOT_MIN, _DOT_MAX = 3, 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin as drawn: the bar's box, the dot at mean confidence and accuracy, and what it says in words."""

    x: int
    y: int
    width: int
    height: int
    dot_x: int
    dot_y: int
    radius: int
    words: str


def build_plot(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """The bars of at least one bin; y runs downward, as SVG has it."""
    most = max(each.count for each in bins)
    return tuple(_bar(each, most) for each in bins)


def _bar(each: Bin, most: int) -> Bar:
    left, right = round(each.low * SIDE), round(each.high * SIDE)
    height = round(each.accuracy * SIDE)
    return Bar(
        x=left + _GAP,
        y=SIDE - height,
        width=right - left - 2 * _GAP,
        height=height,
        dot_x=round(each.confidence * SIDE),
        dot_y=SIDE - height,
        radius=_DOT_MIN + round((_DOT_MAX - _DOT_MIN) * each.count / most),
        words=f"confidence {each.low:.1f} to {each.high:.1f}: {each.count} answers, {each.accuracy:.0%} right",
    )


ABSENT = "–"


def render_page(report: Report) -> str:
    """The page of one report."""
    style = _file("html_report.css")
    framing = report.framing
    return _template().render(
        report=report,
        framing=framing,
        plot=None if framing is None or not framing.reliability else build_plot(framing.reliability),
        policy=_policy(style),
        style=style,
        wrong=sorted((answer for answer in report.answers if not answer.is_right), key=_surest_first),
    )


def percent(share: float | None) -> str:
    """A share as people read it."""
    return ABSENT if share is None else f"{share:.1%}"


def number(value: float | None, digits: int = 3) -> str:
    """A figure with so many digits behind the point."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def _surest_first(answer: CaseResult) -> tuple[float, str]:
    return -answer.confidence, answer.id


def _policy(style: str) -> str:
    """The page's Content-Security-Policy: nothing is loaded, nothing runs, and only its own style applies."""
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
