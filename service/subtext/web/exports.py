"""An analysis to take along: Markdown for people, CSV for tables."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from subtext.web.sheet import name_of, shown, signed

if TYPE_CHECKING:
    from subtext.schemas.analysis import AnalysisView

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = ("id", "pole", "voice", "strength", "polarity", "indicator", "segment", "start", "end", "quote")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&:@-])")


def as_csv(analysis: AnalysisView) -> str:
    """The framing evidence, one quote a line; no cell can be taken for a formula."""
    voices = {voice.id: name_of(voice) for voice in analysis.voices}
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(_COLUMNS)
    for item in analysis.evidence:
        if item.role == "framing":
            voice = voices.get(item.voice_id or "", "")
            facts = (item.strength, item.polarity, item.indicator, item.segment, item.start, item.end, item.quote)
            table.writerow([cell(value) for value in (item.id, item.pole, voice, *facts)])
    return out.getvalue()


def cell(value: object) -> str:
    """A value as a spreadsheet may have it: as text, whatever it begins with."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def as_markdown(analysis: AnalysisView) -> str:
    """Verdict, summary and quotes; what others wrote makes no link, image or mark-up."""
    lines = [f"# {plain(analysis.document.title or 'Article')}", ""]
    if framing := analysis.framing:
        scores = ", ".join(f"{plain(pole)} {value:.2f}" for pole, value in framing.scores.items())
        target = f" of {plain(analysis.target.name)}" if analysis.target else ""
        lines += [
            f"**Framing{target}: {plain(framing.label or 'no label')}** (score {signed(framing.score)}; {scores})"
        ]
        lines += ["", plain(framing.rationale), ""]
    if analysis.summary:
        lines += ["## Summary", ""]
        lines += [f"- {plain(item.text)} ({plain(item.support)})" for item in analysis.summary.sentences]
        lines += [""]
    lines += ["## Evidence", "", *_quotes(analysis), ""]
    lines += [
        f"Engine {plain(analysis.engine.model)}; analysis {plain(analysis.id)}; text SHA-256 {analysis.document.sha256}"
    ]
    return "\n".join(lines) + "\n"


def _quotes(analysis: AnalysisView) -> list[str]:
    voices = {voice.id: name_of(voice) for voice in analysis.voices}
    return [
        f"- {plain(item.pole or '')}: “{plain(item.quote)}” "
        f"({plain(voices.get(item.voice_id or '', 'unknown voice'))}, {item.start}–{item.end})"
        for item in analysis.evidence
        if item.role == "framing"
    ] or ["None."]


def plain(text: str) -> str:
    """Foreign text on one line in which no character means anything to Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(shown(text).split()))
