"""The article cut into pieces, each with the evidence that covers it: marks follow each other and never nest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.domain.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same evidence all through; `starts` and `ends` are what begins and ends with it."""

    text: str
    covers: tuple[Evidence, ...]
    starts: tuple[Evidence, ...]
    ends: tuple[Evidence, ...]


def pieces(text: str, evidence: Sequence[Evidence]) -> Iterator[Piece]:
    """The whole text in order, in pieces; framing evidence stands before support where both cover a piece."""
    edges = {0, len(text)} | {edge for item in evidence for edge in (item.match.span.start, item.match.span.end)}
    ordered = sorted(edges)
    waiting = sorted(evidence, key=lambda item: item.match.span.start)
    open_now: list[Evidence] = []
    for start, end in pairwise(ordered):
        while waiting and waiting[0].match.span.start == start:
            open_now.append(waiting.pop(0))
        open_now = [item for item in open_now if item.match.span.end > start]
        covers = tuple(sorted(open_now, key=lambda item: (item.role != "framing", item.match.span)))
        starts = tuple(item for item in covers if item.match.span.start == start)
        ends = tuple(item for item in covers if item.match.span.end == end)
        yield Piece(text[start:end], covers, starts, ends)
