"""Build the view model of the analysis page, and format values for templates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from subtext.domain.evidence import AUTHOR_ID
from subtext.schemas.analysis import outlet
from subtext.web.axis_chart import build_axis_chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.article import RangeView
    from subtext.schemas.framing import EvidenceView, VoiceView
    from subtext.web.axis_chart import AxisChart

# Width of the coverage bar, in units of its viewBox.
WIDTH = 600


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """View model of the analysis page.

    `sides` maps each pole to its end of the axis, `supports` each piece of support evidence to the number of a summary
    sentence. `bars` and `missed` are the ranges that were and were not read, as start and length on the coverage bar.
    """

    analysis: AnalysisView
    chart: AxisChart | None
    segments: tuple[Segment, ...]
    framing_evidence: tuple[EvidenceView, ...]
    voice_evidence: tuple[EvidenceView, ...]
    sides: dict[str, str]
    supports: dict[str, int]
    voices: dict[str, VoiceView]
    bars: tuple[tuple[int, int], ...]
    missed: tuple[tuple[int, int], ...]


def build_analysis_page(analysis: AnalysisView) -> AnalysisPage:
    """Build the view model of an analysis; without the article's text it has no segments."""
    text = analysis.document.text
    return AnalysisPage(
        analysis=analysis,
        chart=build_axis_chart(analysis),
        segments=() if text is None else tuple(highlight(text, analysis.evidence)),
        framing_evidence=tuple(item for item in analysis.evidence if item.role == "framing"),
        voice_evidence=tuple(item for item in analysis.evidence if item.role == "voice"),
        sides=pole_sides(analysis),
        supports=_supported_sentences(analysis),
        voices={voice.id: voice for voice in analysis.voices},
        bars=_coverage_bars(analysis.coverage.ranges_read, analysis.document.char_count),
        missed=_coverage_bars(analysis.coverage.ranges_failed, analysis.document.char_count),
    )


def pole_sides(analysis: AnalysisView) -> dict[str, str]:
    """Map each pole to its end of the axis: `negative` or `positive`."""
    poles = () if analysis.framing is None else tuple(analysis.framing.scores)
    return dict(zip(poles, ("negative", "positive"), strict=False))


def voice_name(voice: VoiceView) -> str:
    """Return the display name of a voice, as it begins a line."""
    return voice.name or voice.display_name.capitalize()


def outlet_name(analysis: AnalysisView) -> str:
    """Return the display name of the outlet: the site, else the host, else `pasted text`."""
    return outlet(analysis) or "pasted text"


def format_score(number: float) -> str:
    """Format a score with its sign, with a typographic minus."""
    return f"{number:+.2f}".replace("-", "−")


def mark_classes(covers: tuple[EvidenceView, ...], sides: dict[str, str]) -> str:
    """Return the CSS classes of a highlighted segment: the poles it counts toward, and whose voice it is."""
    voiced = [item for item in covers if item.role != "support"]
    if not voiced:
        return "support"
    pole_classes = {sides.get(item.pole or "", "other") for item in voiced}
    is_author = any(item.voice_id == AUTHOR_ID for item in voiced)
    return " ".join([*sorted(pole_classes), "author" if is_author else "attributed"])


def _supported_sentences(analysis: AnalysisView) -> dict[str, int]:
    """Map each piece of support evidence to the number of the first summary sentence that cites it."""
    sentences = () if analysis.summary is None else analysis.summary.sentences
    numbers: dict[str, int] = {}
    for number, sentence in enumerate(sentences, 1):
        for evidence_id in sentence.evidence_ids:
            numbers.setdefault(evidence_id, number)
    return numbers


def _coverage_bars(ranges: Iterable[RangeView], length: int) -> tuple[tuple[int, int], ...]:
    unit = WIDTH / max(length, 1)
    return tuple((round(part.start * unit), max(2, round((part.end - part.start) * unit))) for part in ranges)


@dataclass(frozen=True, slots=True)
class Segment:
    """Stretch of text covered by the same evidence throughout; `starts` and `ends` begin and end with it."""

    text: str
    covers: tuple[EvidenceView, ...]
    starts: tuple[EvidenceView, ...]
    ends: tuple[EvidenceView, ...]


def highlight(text: str, evidence: Sequence[EvidenceView]) -> Iterator[Segment]:
    """Split the whole text into segments; evidence of framing and voices comes before support."""
    positions = {0, len(text)} | {edge for item in evidence for edge in (item.start, item.end)}
    edges = sorted(positions)
    upcoming = sorted(evidence, key=lambda item: item.start)
    active: list[EvidenceView] = []
    for start, end in pairwise(edges):
        while upcoming and upcoming[0].start == start:
            active.append(upcoming.pop(0))
        active = [item for item in active if item.end > start]
        covers = tuple(sorted(active, key=lambda item: (item.role == "support", item.start, item.end)))
        starts = tuple(item for item in covers if item.start == start)
        ends = tuple(item for item in covers if item.end == end)
        yield Segment(text[start:end], covers, starts, ends)
