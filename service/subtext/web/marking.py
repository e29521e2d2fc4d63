"""The article cut into pieces, each with the evidence that covers it: marks follow each other and never nest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.schemas.framing import EvidenceView


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same evidence all through; `starts` and `ends` are what begins and ends with it."""

    text: str
    covers: tuple[EvidenceView, ...]
    starts: tuple[EvidenceView, ...]
    ends: tuple[EvidenceView, ...]


def pieces(text: str, evidence: Sequence[EvidenceView]) -> Iterator[Piece]:
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
        yield Piece(text[start:end], covers, starts, ends)
