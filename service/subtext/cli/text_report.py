"""Print an analysis as text: label first, then the reasons, each with its quotes and offsets.

The axis is drawn in characters: a bar for each pole and a mark for the score, so that mixed never looks like neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from subtext.cli.terminal import sanitize
from subtext.schemas.framing import DIVERGENCE_SENTENCES
from subtext.schemas.quote_counts import QuoteCounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from subtext.schemas.analysis import AnalysisView, SummaryView
    from subtext.schemas.framing import EvidenceView, FramingView

_HALF = 24

_COLOURS = ("yellow", "cyan")

_MARKS = ("▼", "▲")


@dataclass(frozen=True, slots=True)
class AxisStyle:
    """Mark and colour of each pole, the negative pole first."""

    poles: tuple[str, ...]

    @classmethod
    def of(cls, framing: FramingView | None) -> AxisStyle:
        """Build the style from the poles that a framing has scores for."""
        return cls(() if framing is None else tuple(framing.scores)[:2])

    def mark(self, pole: str | None) -> str:
        """Return the mark of a pole, or a dot."""
        return _MARKS[self.poles.index(pole)] if pole in self.poles else "·"

    def colour(self, label: str | None) -> str:
        """Return the colour of a pole, or the default."""
        return _COLOURS[self.poles.index(label)] if label in self.poles else "default"


def render_axis(framing: FramingView, evidence: Sequence[EvidenceView], style: AxisStyle) -> Iterator[Text]:
    """Draw the axis: pole names, both bars with the score, the figures, and the number of quotes on each side."""
    if len(style.poles) != len(_MARKS):
        return
    negative, positive = style.poles
    names = Text("  ")
    names.append(f"{_MARKS[0]} {sanitize(negative)}", _COLOURS[0])
    names.append(" " * max(1, 2 * _HALF + 1 - len(names.plain) - len(sanitize(positive))))
    names.append(f"{sanitize(positive)} {_MARKS[1]}", _COLOURS[1])
    yield names
    yield _axis(framing, negative, positive)
    score = "–" if framing.label is None else f"{framing.score:+.2f}"
    strengths = " · ".join(f"{sanitize(pole)} {framing.scores[pole]:.2f}" for pole in style.poles)
    yield Text(f"  {strengths} · score {score} · intensity {framing.intensity:.2f}", "dim")
    for lead, pole in (("quotes", negative), ("      ", positive)):
        yield Text(f"  {lead} {style.mark(pole)} {QuoteCounts.of(evidence, pole)}", "dim")


def _axis(framing: FramingView, negative: str, positive: str) -> Text:
    left, right = (_bar_length(framing.scores[pole]) for pole in (negative, positive))
    cells = [("─", "dim")] * (_HALF - left) + [("█", _COLOURS[0])] * left
    cells += [("┼", "bold")]
    cells += [("█", _COLOURS[1])] * right + [("─", "dim")] * (_HALF - right)
    if framing.label is not None:
        cells[_HALF + round(framing.score * _HALF)] = ("◆", "bold reverse")
    line = Text("  ")
    for character, colour in cells:
        line.append(character, colour)
    return line


def _bar_length(score: float) -> int:
    return round(max(0.0, min(1.0, score)) * _HALF)


_SUPPORT = {"supported": ("✓", "green"), "partly": ("~", "yellow"), "unsupported": ("✗", "red")}

_UNKNOWN_SUPPORT = ("?", "dim")

_QUOTE_CHARS = 160

_INDENT = (0, 0, 0, 2)


def print_analysis(view: AnalysisView, console: Console) -> None:
    """Print an analysis."""
    style = AxisStyle.of(view.framing)
    for part in _parts(view, style):
        console.print(part)


def _parts(view: AnalysisView, style: AxisStyle) -> Iterator[RenderableType]:
    yield from _header(view)
    if view.framing is not None:
        yield ""
        yield from _verdict(view, view.framing, style)
    if view.summary is not None:
        yield from _section("Summary", _summary(view.summary, view.document.title))
    if view.framing is not None:
        yield from _section("Voices", _voices(view, style))
        yield from _section("Evidence", *_evidence(view, style))
    if view.grounding.rejected_items:
        yield from _section("Rejected: proposed by the engine, but not evidence", *_rejected(view))
    if view.warnings:
        yield from _section("Warnings", *_warnings(view))
    yield ""
    yield from _provenance(view)


def _section(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    yield ""
    yield Text(title, "bold")
    for part in parts:
        yield Padding(part, _INDENT)


def _header(view: AnalysisView) -> Iterator[RenderableType]:
    document = view.document
    yield Text(sanitize(document.title or "(no headline)"), "bold underline")
    fields = (document.byline, document.site, document.published_at, document.source.final_url or document.source.url)
    facts = [sanitize(fact) for fact in fields if fact]
    facts += [f"{document.word_count:,} words", f"language {sanitize(document.language.code)}"]
    yield Text(" · ".join(facts), "dim")


def _verdict(view: AnalysisView, framing: FramingView, style: AxisStyle) -> Iterator[RenderableType]:
    line = Text()
    if framing.label is None:
        line.append("NO LABEL", "bold")
        line.append("  see the warnings")
    else:
        line.append(sanitize(framing.label).upper(), f"bold {style.colour(framing.label)}")
        kind = "calibrated probability" if framing.confidence.calibration_id else "uncalibrated estimate"
        line.append(f"  confidence {framing.confidence.value:.2f} ({kind})")
    yield line
    if framing.label is not None:
        yield Text(_LABEL_SOURCES.get(framing.label_source, sanitize(framing.label_source)), "dim")
    if view.target is not None:
        yield Text(f"target: {sanitize(view.target.name)} ({sanitize(view.target.given_by)})", "dim")
    yield ""
    yield from render_axis(framing, view.evidence, style)
    yield ""
    if framing.rationale:
        yield Text(sanitize(framing.rationale), "italic")
    if framing.divergence != "none":
        yield Text(f"! {DIVERGENCE_SENTENCES.get(framing.divergence, sanitize(framing.divergence))}", "bold")


_LABEL_SOURCES = {
    "engine": "the engine's label, supported by the evidence",
    "evidence": "computed from the evidence",
}


def _summary(summary: SummaryView, title: str | None) -> RenderableType:
    table = _columns()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if summary.headline and summary.headline != title:
        table.add_row("", Text(sanitize(summary.headline), "italic"))
    for sentence in summary.sentences:
        sign, style = _SUPPORT.get(sentence.support, _UNKNOWN_SUPPORT)
        text = Text(sanitize(sentence.text))
        evidence_ids = ", ".join(map(sanitize, sentence.evidence_ids)) or "no evidence"
        text.append(f"  {sanitize(sentence.support)}: {evidence_ids}", "dim")
        table.add_row(Text(sign, style), text)
    return table


def _voices(view: AnalysisView, style: AxisStyle) -> RenderableType:
    table = _columns()
    for name in ("voice", "frames it as", "score", "quotes"):
        table.add_column(name, justify="right" if name in {"score", "quotes"} else "left", overflow="fold")
    table.show_header = True
    for voice in view.voices:
        label = Text(sanitize(voice.label or "–"), style.colour(voice.label))
        score = "–" if voice.label is None else f"{voice.score:+.2f}"
        table.add_row(Text(sanitize(voice.display_name)), label, score, str(len(voice.evidence_ids)))
    return table


def _evidence(view: AnalysisView, style: AxisStyle) -> Iterator[RenderableType]:
    quotes = sorted((item for item in view.evidence if item.role != "support"), key=lambda item: item.role == "voice")
    if not quotes:
        yield Text("none", "dim")
        return
    speakers = {voice.id: sanitize(voice.display_name) for voice in view.voices}
    table = _columns()
    for _ in range(3):
        table.add_column(overflow="fold")
    for item in quotes:
        mark = Text(f"{style.mark(item.pole)} {sanitize(item.pole)}", style.colour(item.pole))
        table.add_row(Text(sanitize(item.id), "dim"), mark, _quote(item, speakers))
    yield table


def _quote(item: EvidenceView, speakers: dict[str, str]) -> Text:
    text = Text(f"“{_truncate(sanitize(item.quote))}”")
    facts = [f"{item.start}–{item.end}", speakers.get(item.voice_id or "", "unknown voice"), sanitize(item.strength)]
    if item.polarity not in {"asserts", None}:
        facts.append(sanitize(item.polarity))
    if item.role == "voice":
        facts.append("for this voice only")
    if item.indicator:
        facts.append(_words(item.indicator))
    text.append("\n" + " · ".join(facts), "dim")
    return text


def _rejected(view: AnalysisView) -> Iterator[RenderableType]:
    for item in view.grounding.rejected_items:
        text = Text("✗ ", "red")
        text.append(f"“{_truncate(sanitize(item.quote))}”")
        text.append(f"  {_words(item.reason)}", "dim")
        yield text


def _warnings(view: AnalysisView) -> Iterator[RenderableType]:
    for warning in view.warnings:
        text = Text(f"! {sanitize(warning.code)}", "yellow")
        text.append(f"  {sanitize(warning.message)}", "default")
        yield text


def _provenance(view: AnalysisView) -> Iterator[RenderableType]:
    engine, grounding = view.engine, view.grounding
    prompt = "no prompt" if view.prompt is None else f"prompt {sanitize(view.prompt.id)}@{view.prompt.version}"
    read = f"{view.coverage.fraction:.0%} of the text read"
    facts = (f"engine {sanitize(engine.kind)} ({sanitize(engine.model)})", prompt, read, f"{view.duration_ms} ms")
    yield Text(" · ".join(facts), "dim")
    quotes = f"{grounding.kept} of {grounding.proposed} quotes found in the text"
    yield Text(f"{quotes} · status {sanitize(view.status)}", "dim")
    yield Text(f"analysis {sanitize(view.id)}", "dim")
    yield Text(f"text sha256 {sanitize(view.document.sha256)}", "dim")


def _columns() -> Table:
    return Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _words(code: str) -> str:
    return sanitize(code).replace("_", " ")


def _truncate(quote: str) -> str:
    return quote if len(quote) <= _QUOTE_CHARS else quote[: _QUOTE_CHARS - 1].rstrip() + "…"
