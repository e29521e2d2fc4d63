"""Condensing: a long article cut down to the sentences that the summaries of its passages rest on.

The summary of the whole is asked for once more over these sentences: they are the article's own, so that what it quotes
is still verbatim, and their number grows far slower than the text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from subtext.analyst.passages import estimate_tokens, sentences
from subtext.domain.draft import DraftSummary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.domain.evidence import Span
    from subtext.engines.merging import Piece

# Sentences of a summary that is only put together.
_SENTENCES_MAX = 8


def condensed(text: str, pieces: Sequence[Piece], tokens: float) -> str:
    """The sentences that the pieces' summaries quote, in order, a paragraph each; of too many, the first of each."""
    units = list(sentences(text))
    starts = [unit.start for unit in units]
    chosen: dict[int, Span] = {}
    left = tokens
    for start in _points(text, pieces):
        unit = units[bisect_right(starts, start) - 1]
        size = estimate_tokens(text[unit.start : unit.end]) + 1
        if unit.start not in chosen and size <= left:
            chosen[unit.start] = unit
            left -= size
    return "\n\n".join(text[unit.start : unit.end].strip() for _, unit in sorted(chosen.items()))


def put_together(pieces: Sequence[Piece]) -> DraftSummary | None:
    """A summary of the first sentences of passages spread over the article, for when it cannot be asked for."""
    summaries = [piece.draft.summary for piece in pieces if piece.draft.summary and piece.draft.summary.sentences]
    if not summaries:
        return None
    step = max(1, -(-len(summaries) // _SENTENCES_MAX))
    return DraftSummary(summaries[0].headline, tuple(summary.sentences[0] for summary in summaries[::step]))


def _points(text: str, pieces: Sequence[Piece]) -> Iterator[int]:
    """Where the quotes stand that the summaries rest on: the first sentence of each piece, then the second of each."""
    lists = [(piece.span, piece.draft.summary.sentences) for piece in pieces if piece.draft.summary is not None]
    for rank in range(max((len(found) for _, found in lists), default=0)):
        for span, found in lists:
            for quote in found[rank].quotes if rank < len(found) else ():
                start = text.find(quote, span.start, span.end) if quote else -1
                if start >= 0:
                    yield start
