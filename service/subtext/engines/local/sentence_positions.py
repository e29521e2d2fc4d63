"""Sentence positions: which sentence an offset lies in, and which one stands before it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.text.sentences import Sentence


def sentence_index(sentences: Sequence[Sentence], at: int) -> int:
    """Return the number of the sentence that an offset lies in."""
    return max(0, bisect_right(sentences, at, key=lambda s: s.start) - 1)


def sentence_before_in(groups: Sequence[Sequence[Sentence]], at: int) -> Sentence | None:
    """Return the sentence before another one in its paragraph, or the last one of the paragraph before."""
    index = bisect_right(groups, at, key=lambda group: group[0].start) - 1
    return sentence_before(groups[index], at) or (groups[index - 1][-1] if index > 0 else None)


def sentence_before(sentences: Sequence[Sentence], at: int) -> Sentence | None:
    """Return the sentence before the one of an offset, in the same paragraph."""
    index = bisect_right(sentences, at, key=lambda s: s.start) - 2
    return sentences[index] if index >= 0 else None


def sentence_start(sentences: Sequence[Sentence], at: int) -> int:
    """Return where the sentence of an offset begins."""
    return sentences[sentence_index(sentences, at)].start
