"""What the page of one analysis shows, made ready for its template."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from subtext.domain.evidence import AUTHOR_ID
from subtext.schemas.analysis import outlet
from subtext.schemas.framing import EvidenceView
from subtext.web.axis_chart import build_axis_chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.schemas.analysis import AnalysisView
    from subtext.schemas.article import RangeView
    from subtext.schemas.framing import EvidenceView, VoiceView
    from subtext.web.axis_chart import AxisChart

# The coverage bar's own units.
WIDTH = 600


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """One analysis with its text in pieces, its drawing, and who stands behind each quote.

    `sides` says which end of the axis each pole is; `supports` which summary sentence a piece of support carries;
    `bars` are the parts of the text that were read, as start and length on the coverage bar.
    """

    analysis: AnalysisView
    gauge: AxisChart | None
    pieces: tuple[Segment, ...]
    framing_evidence: tuple[EvidenceView, ...]
    sides: dict[str, str]
    supports: dict[str, int]
    voices: dict[str, VoiceView]
    bars: tuple[tuple[int, int], ...]
    missed: tuple[tuple[int, int], ...]


def build_analysis_page(analysis: AnalysisView) -> AnalysisPage:
    """The sheet of an analysis; without its text there is no article to mark."""
    text = analysis.document.text
    return AnalysisPage(
        analysis=analysis,
        gauge=build_axis_chart(analysis),
        pieces=() if text is None else tuple(highlight(text, analysis.evidence)),
        framing_evidence=tuple(item for item in analysis.evidence if item.role == "framing"),
        sides=pole_sides(analysis),
        supports=_supported_sentences(analysis),
        voices={voice.id: voice for voice in analysis.voices},
        bars=_coverage_bars(analysis.coverage.ranges_read, analysis.document.char_count),
        missed=_coverage_bars(analysis.coverage.ranges_failed, analysis.document.char_count),
    )


def pole_sides(analysis: AnalysisView) -> dict[str, str]:
    """Which end of the axis each pole is: `negative` or `positive`."""
    poles = () if analysis.framing is None else tuple(analysis.framing.scores)
    return dict(zip(poles, ("negative", "positive"), strict=False))


def voice_name(voice: VoiceView) -> str:
    """Return a voice's name for people, as it begins a line."""
    return voice.name or voice.display_name.capitalize()


def outlet_name(analysis: AnalysisView) -> str:
    """Where the article appeared, as people call it: the site, else the host, else that it was pasted."""
    return outlet(analysis) or "pasted text"


def format_score(number: float) -> str:
    """A score with its sign, as typography has it."""
    return f"{number:+.2f}".replace("-", "−")


def mark_classes(covers: tuple[EvidenceView, ...], sides: dict[str, str]) -> str:
    """The style classes of a piece: the side of each pole that it counts toward, and whose voice it is."""
    framing = [item for item in covers if item.role == "framing"]
    if not framing:
        return "support"
    found = {sides.get(item.pole or "", "other") for item in framing}
    own = any(item.voice_id == AUTHOR_ID for item in framing)
    return " ".join([*sorted(found), "author" if own else "attributed"])


def _supported_sentences(analysis: AnalysisView) -> dict[str, int]:
    """For each piece of support, the number of the first summary sentence that rests on it."""
    sentences = () if analysis.summary is None else analysis.summary.sentences
    found: dict[str, int] = {}
    for number, sentence in enumerate(sentences, 1):
        for evidence_id in sentence.evidence_ids:
            found.setdefault(evidence_id, number)
    return found


def _coverage_bars(ranges: Iterable[RangeView], length: int) -> tuple[tuple[int, int], ...]:
    unit = WIDTH / max(length, 1)
    return tuple((round(part.start * unit), max(2, round((part.end - part.start) * unit))) for part in ranges)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text under the same evidence all through; `starts` and `ends` are what begins and ends with it."""

    text: str
    covers: tuple[EvidenceView, ...]
    starts: tuple[EvidenceView, ...]
    ends: tuple[EvidenceView, ...]


def highlight(text: str, evidence: Sequence[EvidenceView]) -> Iterator[Segment]:
    """The whole text in order, in pieces; framing evidence stands before support where both cover a piece."""
    edges = {0, len(text)} | {edge for item in evidence for edge in (item.start, item.end)}
    ordered = sorted(edges)
    waiting = sorted(evidence, key=lambda item: item.start)
    open_now: list[EvidenceView] = []
    for start, end in pairwise(ordered):
        while waiting and waiting[0].start == start:
            open_now.append(waiting.pop(0))
        open_now = [item for item in open_now if item.end > start]
        covers = tuple(sorted(open_now, key=lambda item: (item.role != "framing", item.start, item.end)))
        starts = tuple(item for item in covers if item.start == start)
        ends = tuple(item for item in covers if item.end == end)
        yield Segment(text[start:end], covers, starts, ends)
