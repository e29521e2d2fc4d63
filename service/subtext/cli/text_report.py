"""An answer for a person at a terminal: verdict first, then the reasons, each with its quote and place.

The axis in characters: a bar for each pole and a mark for the score, so that mixed never looks like neither.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from subtext.cli.terminal import sanitize
from subtext.domain.evidence import AUTHOR_ID
from subtext.schemas.framing import DIVERGENCE_SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console, RenderableType

    from subtext.schemas.analysis import AnalysisView, SummaryView
    from subtext.schemas.framing import EvidenceView, FramingView

# How many quotes count toward a pole: by the author (True), and by everybody else (False).
Counts: TypeAlias = "Mapping[tuple[str, bool], int]"

_HALF = 24

_COLOURS = ("yellow", "cyan")

_MARKS = ("▼", "▲")


@dataclass(frozen=True, slots=True)
class AxisStyle:
    """How the poles of an axis look: a mark and a colour each, negative pole first."""

    poles: tuple[str, ...]

    @classmethod
    def of(cls, framing: FramingView | None) -> AxisStyle:
        """The signs for the poles that a verdict has scores for."""
        return cls(() if framing is None else tuple(framing.scores)[:2])

    def mark(self, pole: str | None) -> str:
        """The mark of a pole; a dot for what is no pole."""
        return _MARKS[self.poles.index(pole)] if pole in self.poles else "·"

    def colour(self, label: str | None) -> str:
        """The style of a pole; plain for every other label."""
        return _COLOURS[self.poles.index(label)] if label in self.poles else "default"


def render_axis(framing: FramingView, counts: Counts, signs: AxisStyle) -> Iterator[Text]:
    """The poles' names, the axis with both bars and the score, the figures, and the quotes on each side."""
    if len(signs.poles) != len(_MARKS):
        return
    negative, positive = signs.poles
    names = Text("  ")
    names.append(f"{_MARKS[0]} {sanitize(negative)}", _COLOURS[0])
    names.append(" " * max(1, 2 * _HALF + 1 - len(names.plain) - len(sanitize(positive))))
    names.append(f"{sanitize(positive)} {_MARKS[1]}", _COLOURS[1])
    yield names
    yield _axis(framing, negative, positive)
    score = "–" if framing.label is None else f"{framing.score:+.2f}"
    strengths = " · ".join(f"{sanitize(pole)} {framing.scores[pole]:.2f}" for pole in signs.poles)
    yield Text(f"  {strengths} · score {score} · intensity {framing.intensity:.2f}", "dim")
    yield Text(f"  quotes: {_count_line(counts, negative, 0)} · {_count_line(counts, positive, 1)}", "dim")


def _count_line(counts: Counts, pole: str, end: int) -> str:
    own, others = counts.get((pole, True), 0), counts.get((pole, False), 0)
    return f"{_MARKS[end]} {own} by the author, {others} by others"


def _axis(framing: FramingView, negative: str, positive: str) -> Text:
    left, right = (_filled(framing.scores[pole]) for pole in (negative, positive))
    cells = [("─", "dim")] * (_HALF - left) + [("█", _COLOURS[0])] * left
    cells += [("┼", "bold")]
    cells += [("█", _COLOURS[1])] * right + [("─", "dim")] * (_HALF - right)
    if framing.label is not None:
        cells[_HALF + round(framing.score * _HALF)] = ("◆", "bold reverse")
    line = Text("  ")
    for character, style in cells:
        line.append(character, style)
    return line


def _filled(score: float) -> int:
    return round(max(0.0, min(1.0, score)) * _HALF)


_SUPPORT = {"supported": ("✓", "green"), "partly": ("~", "yellow"), "unsupported": ("✗", "red")}

_UNKNOWN_SUPPORT = ("?", "dim")

_QUOTE_CHARS = 160

_INDENT = (0, 0, 0, 2)


def print_analysis(view: AnalysisView, console: Console) -> None:
    """Print an answer."""
    signs = AxisStyle.of(view.framing)
    for part in _parts(view, signs):
        console.print(part)


def _parts(view: AnalysisView, signs: AxisStyle) -> Iterator[RenderableType]:
    yield from _header(view)
    if view.framing is not None:
        yield ""
        yield from _verdict(view, view.framing, signs)
    if view.summary is not None:
        yield from _titled("Summary", _summary(view.summary))
    if view.framing is not None:
        yield from _titled("Voices", _voices(view, signs))
        yield from _titled("Evidence", *_evidence(view, signs))
    if view.grounding.rejected_items:
        yield from _titled("Rejected: offered by the engine, and no evidence", *_rejected(view))
    if view.warnings:
        yield from _titled("Warnings", *_warnings(view))
    yield ""
    yield from _provenance(view)


def _titled(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    yield ""
    yield Text(title, "bold")
    for part in parts:
        yield Padding(part, _INDENT)


def _header(view: AnalysisView) -> Iterator[RenderableType]:
    document = view.document
    yield Text(sanitize(document.title or "(no headline)"), "bold underline")
    known = (document.byline, document.site, document.published_at, document.source.final_url or document.source.url)
    facts = [sanitize(fact) for fact in known if fact]
    facts += [f"{document.word_count:,} words", f"language {sanitize(document.language.code)}"]
    yield Text(" · ".join(facts), "dim")


def _verdict(view: AnalysisView, framing: FramingView, signs: AxisStyle) -> Iterator[RenderableType]:
    line = Text()
    if framing.label is None:
        line.append("NO LABEL", "bold")
        line.append("  none can be given: see the warnings")
    else:
        line.append(sanitize(framing.label).upper(), f"bold {signs.colour(framing.label)}")
        kind = "calibrated" if framing.confidence.calibration_id else "not calibrated"
        line.append(f"  confidence {framing.confidence.value:.2f} ({_words(framing.confidence.method)}, {kind})")
        line.append(f"  {_LABEL_SOURCES.get(framing.label_source, sanitize(framing.label_source))}", "dim")
    yield line
    if view.target is not None:
        yield Text(f"target: {sanitize(view.target.name)} ({sanitize(view.target.given_by)})", "dim")
    yield ""
    yield from render_axis(framing, _counts(view.evidence), signs)
    yield ""
    if framing.rationale:
        yield Text(sanitize(framing.rationale), "italic")
    if framing.divergence != "none":
        yield Text(f"! {DIVERGENCE_SENTENCES.get(framing.divergence, sanitize(framing.divergence))}", "bold")


_LABEL_SOURCES = {
    "engine": "the engine's label, supported by the evidence",
    "evidence": "weighed from the evidence",
}


def _counts(evidence: Iterable[EvidenceView]) -> Counter[tuple[str, bool]]:
    return Counter((item.pole, item.voice_id == AUTHOR_ID) for item in evidence if item.pole is not None)


def _summary(summary: SummaryView) -> RenderableType:
    table = _columns()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if summary.headline:
        table.add_row("", Text(sanitize(summary.headline), "italic"))
    for sentence in summary.sentences:
        sign, style = _SUPPORT.get(sentence.support, _UNKNOWN_SUPPORT)
        text = Text(sanitize(sentence.text))
        places = ", ".join(map(sanitize, sentence.evidence_ids)) or "no evidence"
        text.append(f"  {sanitize(sentence.support)}: {places}", "dim")
        table.add_row(Text(sign, style), text)
    return table


def _voices(view: AnalysisView, signs: AxisStyle) -> RenderableType:
    table = _columns()
    for name in ("voice", "frames it as", "score", "quotes"):
        table.add_column(name, justify="right" if name in {"score", "quotes"} else "left", overflow="fold")
    table.show_header = True
    for voice in view.voices:
        label = Text(sanitize(voice.label or "–"), signs.colour(voice.label))
        score = "–" if voice.label is None else f"{voice.score:+.2f}"
        table.add_row(Text(sanitize(voice.display_name)), label, score, str(len(voice.evidence_ids)))
    return table


def _evidence(view: AnalysisView, signs: AxisStyle) -> Iterator[RenderableType]:
    framing = [item for item in view.evidence if item.role == "framing"]
    if not framing:
        yield Text("none", "dim")
        return
    speakers = {voice.id: sanitize(voice.display_name) for voice in view.voices}
    table = _columns()
    for _ in range(3):
        table.add_column(overflow="fold")
    for item in framing:
        sign = Text(f"{signs.mark(item.pole)} {sanitize(item.pole)}", signs.colour(item.pole))
        table.add_row(Text(sanitize(item.id), "dim"), sign, _quoted(item, speakers))
    yield table


def _quoted(item: EvidenceView, speakers: dict[str, str]) -> Text:
    said = Text(f"“{_shortened(sanitize(item.quote))}”")
    facts = [f"{item.start}–{item.end}", speakers.get(item.voice_id or "", "unknown voice"), sanitize(item.strength)]
    if item.polarity not in {"asserts", None}:
        facts.append(sanitize(item.polarity))
    if item.indicator:
        facts.append(_words(item.indicator))
    said.append("\n" + " · ".join(facts), "dim")
    return said


def _rejected(view: AnalysisView) -> Iterator[RenderableType]:
    for item in view.grounding.rejected_items:
        text = Text("✗ ", "red")
        text.append(f"“{_shortened(sanitize(item.quote))}”")
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
    yield Text(
        f"{grounding.kept} of {grounding.proposed} quotes kept · status {sanitize(view.status)} · {sanitize(view.id)}",
        "dim",
    )
    yield Text(f"text sha256 {sanitize(view.document.sha256)}", "dim")


def _columns() -> Table:
    return Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _words(code: str) -> str:
    return sanitize(code).replace("_", " ")


def _shortened(quote: str) -> str:
    return quote if len(quote) <= _QUOTE_CHARS else quote[: _QUOTE_CHARS - 1].rstrip() + "…"
