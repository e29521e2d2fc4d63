"""A page of one report: one HTML file with every figure and a drawing of the calibration; no network, no script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from subtext.evals.plot import plot_of

if TYPE_CHECKING:
    from jinja2 import Template

    from subtext.evals.outcomes import Outcome
    from subtext.evals.report import Report

ABSENT = "–"
_SHOWN_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}


def render_page(report: Report) -> str:
    """The page of one report."""
    style = _file("page.css")
    framing = report.framing
    return _template().render(
        report=report,
        framing=framing,
        plot=None if framing is None or not framing.reliability else plot_of(framing.reliability),
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


def shown(text: object) -> str:
    """Text with its control characters as visible symbols: a page cannot hold NUL, and a reader should see it."""
    return str(text).translate(_SHOWN_CONTROLS)


def _surest_first(answer: Outcome) -> tuple[float, str]:
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
    environment.filters.update(number=number, percent=percent, shown=shown)
    return environment.get_template("page.html.j2")
