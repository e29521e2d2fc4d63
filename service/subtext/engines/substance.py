"""Tell a draft that says something from one of which nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.evidence import Match
from subtext.domain.grounding import ground
from subtext.domain.text.normalization import NormalizedText

if TYPE_CHECKING:
    from subtext.domain.draft import Draft


def is_empty(draft: Draft, text: str | None = None) -> bool:
    """Whether a draft has no sentence of a summary, no label and no evidence.

    The label `neither` without evidence is an answer like any other. If the article's text is given, evidence counts
    only if one of its quotes stands there.
    """
    if draft.summary is not None and any(sentence.text.strip() for sentence in draft.summary.sentences):
        return False
    if draft.framing is None:
        return True
    if draft.framing.label is not None:
        return False
    quotes = [item.quote for item in draft.framing.evidence]
    if text is None or not quotes:
        return not quotes
    article = NormalizedText(text)
    return not any(isinstance(ground(quote, article), Match) for quote in quotes)
