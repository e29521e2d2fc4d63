"""Export an analysis as Markdown, CSV or a standalone HTML report."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from subtext.domain.analysis import Analysis
from subtext.domain.text.invisible import show_controls
from subtext.schemas.analysis import AnalysisView
from subtext.web.analysis_page import build_analysis_page, format_score, voice_name
from subtext.web.template_environment import render_standalone

if TYPE_CHECKING:
    from collections.abc import Callable

# First characters that make a spreadsheet run a cell as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = ("id", "pole", "voice", "strength", "polarity", "indicator", "segment", "start", "end", "quote")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&:@-])")


def as_csv(analysis: AnalysisView) -> str:
    """Export the framing evidence as CSV, one quote a row, protected against CSV injection."""
    voices = {voice.id: voice_name(voice) for voice in analysis.voices}
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(_COLUMNS)
    for item in analysis.evidence:
        if item.role == "framing":
            voice = voices.get(item.voice_id or "", "")
            values = (item.strength, item.polarity, item.indicator, item.segment, item.start, item.end, item.quote)
            table.writerow([escape_csv(cell) for cell in (item.id, item.pole, voice, *values)])
    return out.getvalue()


def as_json(analysis: AnalysisView) -> str:
    """Export the whole analysis as JSON."""
    return analysis.model_dump_json(indent=2)


def escape_csv(value: object) -> str:
    """Escape a cell against CSV injection: a spreadsheet takes it as text, not as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def as_markdown(analysis: AnalysisView) -> str:
    """Export label, summary and quotes as Markdown; text of others is escaped."""
    lines = [f"# {escape_markdown(analysis.document.title or 'Article')}", ""]
    if framing := analysis.framing:
        scores = ", ".join(f"{escape_markdown(pole)} {value:.2f}" for pole, value in framing.scores.items())
        label = escape_markdown(framing.label or "no label")
        target = f" of {escape_markdown(analysis.target.name)}" if analysis.target else ""
        lines += [f"**Framing{target}: {label}** (score {format_score(framing.score)}; {scores})"]
        lines += ["", escape_markdown(framing.rationale), ""]
    if analysis.summary:
        lines += ["## Summary", ""]
        lines += [
            f"- {escape_markdown(item.text)} ({escape_markdown(item.support)})" for item in analysis.summary.sentences
        ]
        lines += [""]
    lines += ["## Evidence", "", *_quotes(analysis), ""]
    lines += [
        (
            f"Engine {escape_markdown(analysis.engine.model)}; analysis {escape_markdown(analysis.id)}; "
            f"text SHA-256 {analysis.document.sha256}"
        )
    ]
    return "\n".join(lines) + "\n"


def _quotes(analysis: AnalysisView) -> list[str]:
    voices = {voice.id: voice_name(voice) for voice in analysis.voices}
    return [
        f"- {escape_markdown(item.pole or '')}: “{escape_markdown(item.quote)}” "
        f"({escape_markdown(voices.get(item.voice_id or '', 'unknown voice'))}, {item.start}–{item.end})"
        for item in analysis.evidence
        if item.role == "framing"
    ] or ["None."]


def escape_markdown(text: str) -> str:
    """Escape untrusted text for Markdown, on one line: no links, images or mark-up."""
    return _SPECIAL.sub(r"\\\1", " ".join(show_controls(text).split()))


def render_report(analysis: Analysis) -> str:
    """Render the analysis page as one standalone HTML file."""
    view = AnalysisView.of(analysis, include_text=True)
    return render_standalone("analysis.html.j2", page=build_analysis_page(view))


# Downloads by file extension: media type and exporter.
FORMATS: dict[str, tuple[str, Callable[[AnalysisView], str]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "md": ("text/markdown; charset=utf-8", as_markdown),
    "json": ("application/json", as_json),
}
