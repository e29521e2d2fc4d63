"""Adequacy check: decide whether a text is enough, and prose enough, for a verdict to be more than a guess.

The codebook: "Too little text (under about 40 words), not an article …: say so, and do not guess."
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from subtext.analysis.scoring import abstain
from subtext.domain.article import AnalysisWarning
from subtext.domain.axis import NEITHER

if TYPE_CHECKING:
    from subtext.domain.framing import Framing
    from subtext.domain.prose import Prose
    from subtext.domain.text.prepared import PreparedText

ENOUGH_WORDS = 40
# With fewer words than a statement needs, the absence of evidence says nothing.
STATEMENT_WORDS = 8
_SHORT_CONFIDENCE_MAX = 0.29
_MIXED_CONFIDENCE_MAX = 0.45
_TOO_SHORT = AnalysisWarning(
    "text_too_short",
    f"under {ENOUGH_WORDS} words: too little text to judge a framing, no pole is given: send the whole article",
    "/framing",
)
_NOT_PROSE = AnalysisWarning(
    "not_prose",
    "the text is code, data, a list or words in no order, and no running prose: no label is given: "
    "send an article's sentences",
    "/framing/label",
)


@dataclass(frozen=True, slots=True)
class Adequacy:
    """What a verdict on a text can rest on: how many words it has, and whether they are prose."""

    words: int
    prose: Prose

    @classmethod
    def of(cls, text: PreparedText) -> Self:
        """Return the adequacy of a text."""
        return cls(text.word_count, text.prose)

    @property
    def is_short(self) -> bool:
        """Return whether there are too few words for a pole."""
        return self.words < ENOUGH_WORDS

    @property
    def may_withhold(self) -> bool:
        """Return whether a label may be missing though there is evidence."""
        return self.is_short or self.prose == "other"

    @property
    def warning(self) -> AnalysisWarning | None:
        """Return what a reader must know, or None."""
        if self.prose == "other":
            return _NOT_PROSE
        return _TOO_SHORT if self.is_short else None

    def limit(self, framing: Framing, claimed: str | None) -> Framing:
        """Return the verdict without its label if that would be a guess, or with a lower confidence.

        `claimed` is the engine's own label: a pole that it claims is withheld, not turned into `neither`.
        """
        if self.prose == "other":
            return abstain(framing)
        if self.is_short:
            is_neither = framing.overall.label == claimed == NEITHER and self.words >= STATEMENT_WORDS
            return _capped(framing, _SHORT_CONFIDENCE_MAX) if is_neither else abstain(framing)
        return _capped(framing, _MIXED_CONFIDENCE_MAX) if self.prose == "mixed" else framing


def _capped(framing: Framing, most: float) -> Framing:
    confidence = framing.confidence
    return replace(framing, confidence=replace(confidence, value=min(confidence.value, most)))
