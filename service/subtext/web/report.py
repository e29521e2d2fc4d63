"""A page that proves itself: one HTML file with the verdict, its reasons and the article with the evidence marked.

It needs no network and runs no script. Everything that an article or a model wrote is escaped by the template; the
page's own policy refuses scripts, and every style but the one whose digest it names.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined

from subtext.web.gauge import gauge_of
from subtext.web.marking import pieces

if TYPE_CHECKING:
    from jinja2 import Template

    from subtext.domain.analysis import Analysis
    from subtext.domain.evidence import Evidence, Voice

_SHOWN_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}


def render_report(analysis: Analysis) -> str:
    """The page of one analysis."""
    style = _file("report.css")
    return _template().render(
        analysis=analysis,
        article=analysis.article,
        framing=analysis.framing,
        framing_evidence=[item for item in analysis.evidence if item.role == "framing"],
        gauge=gauge_of(analysis),
        pieces=list(pieces(analysis.article.text, analysis.evidence)),
        policy=_policy(style),
        sides=_sides(analysis),
        style=style,
        supports=_supported_sentences(analysis),
        voices={heard.voice.id: heard.voice for heard in analysis.voices},
    )


def link_of(url: str | None) -> str | None:
    """The address where it is http or https with a host; None for anything else, such as `javascript:`."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def shown(text: object) -> str:
    """Text with its control characters as visible symbols: a page cannot hold NUL, and a reader should see it."""
    return str(text).translate(_SHOWN_CONTROLS)


def name_of(voice: Voice) -> str:
    """A voice as people call it."""
    if voice.kind == "author":
        return "The author"
    return voice.name or "Speaker unclear"


def mark_classes(covers: tuple[Evidence, ...], sides: dict[str, str]) -> str:
    """The style classes of a piece: the side of each pole that it counts toward, and whose voice it is."""
    framing = [item for item in covers if item.role == "framing"]
    if not framing:
        return "support"
    found = {sides.get(item.pole or "", "other") for item in framing}
    own = any(item.voice_id == "author" for item in framing)
    return " ".join([*sorted(found), "author" if own else "attributed"])


def _sides(analysis: Analysis) -> dict[str, str]:
    """Which end of the axis each pole is: `negative` or `positive`."""
    poles = () if analysis.framing is None else tuple(analysis.framing.lean.scores)
    return dict(zip(poles, ("negative", "positive"), strict=False))


def _supported_sentences(analysis: Analysis) -> dict[str, int]:
    """For each piece of support, the number of the first summary sentence that rests on it."""
    sentences = () if analysis.summary is None else analysis.summary.sentences
    found: dict[str, int] = {}
    for number, sentence in enumerate(sentences, 1):
        for evidence_id in sentence.evidence_ids:
            found.setdefault(evidence_id, number)
    return found


def _policy(style: str) -> str:
    """The page's Content-Security-Policy: nothing is loaded, nothing runs, and only its own style applies."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _file(name: str) -> str:
    return files("subtext.web").joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(link=link_of, shown=shown, name=name_of)
    environment.globals["mark_classes"] = mark_classes
    return environment.get_template("report.html.j2")
