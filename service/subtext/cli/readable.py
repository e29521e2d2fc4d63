"""An answer for a person at a terminal: verdict first, then the reasons, each with its quote and place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from subtext.cli.gauge import AxisSigns, gauge
from subtext.cli.terminal import clean
from subtext.domain.evidence import AUTHOR_ID
from subtext.schemas.framing import DIVERGENCE_SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType

    from subtext.schemas.analysis import AnalysisView, SummaryView
    from subtext.schemas.framing import EvidenceView, FramingView

_SUPPORT = {"supported": ("✓", "green"), "partly": ("~", "yellow"), "unsupported": ("✗", "red")}
_UNKNOWN_SUPPORT = ("?", "dim")
_QUOTE_CHARS = 160
_INDENT = (0, 0, 0, 2)


def show(view: AnalysisView, console: Console) -> None:
    """Print an answer."""
    signs = AxisSigns.of(view.framing)
    for part in _parts(view, signs):
        console.print(part)


def _parts(view: AnalysisView, signs: AxisSigns) -> Iterator[RenderableType]:
    yield from _head(view)
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
    yield from _trust(view)


def _titled(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    yield ""
    yield Text(title, "bold")
    for part in parts:
        yield Padding(part, _INDENT)


def _head(view: AnalysisView) -> Iterator[RenderableType]:
    document = view.document
    yield Text(clean(document.title or "(no headline)"), "bold underline")
    known = (document.byline, document.site, document.published_at, document.source.final_url or document.source.url)
    facts = [clean(fact) for fact in known if fact]
    facts += [f"{document.word_count:,} words", f"language {clean(document.language.code)}"]
    yield Text(" · ".join(facts), "dim")


def _verdict(view: AnalysisView, framing: FramingView, signs: AxisSigns) -> Iterator[RenderableType]:
    line = Text()
    if framing.label is None:
        line.append("NO LABEL", "bold")
        line.append("  none can be given: see the warnings")
    else:
        line.append(clean(framing.label).upper(), f"bold {signs.colour(framing.label)}")
        kind = "calibrated" if framing.confidence.calibration_id else "not calibrated"
        line.append(f"  confidence {framing.confidence.value:.2f} ({_words(framing.confidence.method)}, {kind})")
        line.append(f"  {_LABEL_SOURCES.get(framing.label_source, clean(framing.label_source))}", "dim")
    yield line
    if view.target is not None:
        yield Text(f"target: {clean(view.target.name)} ({clean(view.target.given_by)})", "dim")
    yield ""
    yield from gauge(framing, _counts(view.evidence), signs)
    yield ""
    if framing.rationale:
        yield Text(clean(framing.rationale), "italic")
    if framing.divergence != "none":
        yield Text(f"! {DIVERGENCE_SENTENCES.get(framing.divergence, clean(framing.divergence))}", "bold")


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
        table.add_row("", Text(clean(summary.headline), "italic"))
    for sentence in summary.sentences:
        sign, style = _SUPPORT.get(sentence.support, _UNKNOWN_SUPPORT)
        text = Text(clean(sentence.text))
        places = ", ".join(map(clean, sentence.evidence_ids)) or "no evidence"
        text.append(f"  {clean(sentence.support)}: {places}", "dim")
        table.add_row(Text(sign, style), text)
    return table


def _voices(view: AnalysisView, signs: AxisSigns) -> RenderableType:
    table = _columns()
    for name in ("voice", "frames it as", "score", "quotes"):
        table.add_column(name, justify="right" if name in {"score", "quotes"} else "left", overflow="fold")
    table.show_header = True
    for voice in view.voices:
        label = Text(clean(voice.label or "–"), signs.colour(voice.label))
        score = "–" if voice.label is None else f"{voice.score:+.2f}"
        table.add_row(Text(_name_of(voice.kind, voice.name)), label, score, str(len(voice.evidence_ids)))
    return table


def _name_of(kind: str, name: str | None) -> str:
    if kind == "author":
        return "author"
    return clean(name) if name else "(speaker unclear)"


def _evidence(view: AnalysisView, signs: AxisSigns) -> Iterator[RenderableType]:
    framing = [item for item in view.evidence if item.role == "framing"]
    if not framing:
        yield Text("none", "dim")
        return
    speakers = {voice.id: _name_of(voice.kind, voice.name) for voice in view.voices}
    table = _columns()
    for _ in range(3):
        table.add_column(overflow="fold")
    for item in framing:
        sign = Text(f"{signs.mark(item.pole)} {clean(item.pole)}", signs.colour(item.pole))
        table.add_row(Text(clean(item.id), "dim"), sign, _quoted(item, speakers))
    yield table


def _quoted(item: EvidenceView, speakers: dict[str, str]) -> Text:
    said = Text(f"“{_shortened(clean(item.quote))}”")
    facts = [f"{item.start}–{item.end}", speakers.get(item.voice_id or "", "unknown voice"), clean(item.strength)]
    if item.polarity not in {"asserts", None}:
        facts.append(clean(item.polarity))
    if item.indicator:
        facts.append(_words(item.indicator))
    said.append("\n" + " · ".join(facts), "dim")
    return said


def _rejected(view: AnalysisView) -> Iterator[RenderableType]:
    for item in view.grounding.rejected_items:
        text = Text("✗ ", "red")
        text.append(f"“{_shortened(clean(item.quote))}”")
        text.append(f"  {_words(item.reason)}", "dim")
        yield text


def _warnings(view: AnalysisView) -> Iterator[RenderableType]:
    for warning in view.warnings:
        text = Text(f"! {clean(warning.code)}", "yellow")
        text.append(f"  {clean(warning.message)}", "default")
        yield text


def _trust(view: AnalysisView) -> Iterator[RenderableType]:
    engine, grounding = view.engine, view.grounding
    prompt = "no prompt" if view.prompt is None else f"prompt {clean(view.prompt.id)}@{view.prompt.version}"
    read = f"{view.coverage.fraction:.0%} of the text read"
    facts = (f"engine {clean(engine.kind)} ({clean(engine.model)})", prompt, read, f"{view.duration_ms} ms")
    yield Text(" · ".join(facts), "dim")
    yield Text(
        f"{grounding.kept} of {grounding.proposed} quotes kept · status {clean(view.status)} · {clean(view.id)}", "dim"
    )
    yield Text(f"text sha256 {clean(view.document.sha256)}", "dim")


def _columns() -> Table:
    return Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _words(code: str) -> str:
    return clean(code).replace("_", " ")


def _shortened(quote: str) -> str:
    return quote if len(quote) <= _QUOTE_CHARS else quote[: _QUOTE_CHARS - 1].rstrip() + "…"
