"""An analysis to take along: Markdown for people, CSV for tables."""

from __future__ import annotations

import csv
import io
import re

from subtext.domain.analysis import Analysis
from subtext.domain.text.invisible import show_controls
from subtext.schemas.analysis import AnalysisView
from subtext.web.analysis_page import build_analysis_page, format_score, voice_name
from subtext.web.template_environment import render_standalone

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = ("id", "pole", "voice", "strength", "polarity", "indicator", "segment", "start", "end", "quote")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&:@-])")


def as_csv(analysis: AnalysisView) -> str:
    """The framing evidence, one quote a line; no cell can be taken for a formula."""
    voices = {voice.id: voice_name(voice) for voice in analysis.voices}
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(_COLUMNS)
    for item in analysis.evidence:
        if item.role == "framing":
            voice = voices.get(item.voice_id or "", "")
            facts = (item.strength, item.polarity, item.indicator, item.segment, item.start, item.end, item.quote)
            table.writerow([escape_csv(value) for value in (item.id, item.pole, voice, *facts)])
    return out.getvalue()


def escape_csv(value: object) -> str:
    """A value as a spreadsheet may have it: as text, whatever it begins with."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def as_markdown(analysis: AnalysisView) -> str:
    """Verdict, summary and quotes; what others wrote makes no link, image or mark-up."""
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
    """Foreign text on one line in which no character means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(show_controls(text).split()))


def render_report(analysis: Analysis) -> str:
    """The page of one analysis."""
    view = AnalysisView.of(analysis, include_text=True)
    return render_standalone("analysis.html.j2", sheet=build_analysis_page(view))
