"""Count the quotes of an analysis for a pole, as people see them beside its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from subtext.domain.evidence import AUTHOR_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.schemas.framing import EvidenceView


@dataclass(frozen=True, slots=True)
class QuoteCounts:
    """Numbers of quotes for a pole: by the author, by others, and of the role `voice`."""

    author: int
    others: int
    voice_only: int

    @classmethod
    def of(cls, evidence: Iterable[EvidenceView], pole: str) -> Self:
        """Count the evidence for a pole."""
        quotes = [item for item in evidence if item.pole == pole]
        framing = [item for item in quotes if item.role != "voice"]
        author = sum(item.voice_id == AUTHOR_ID for item in framing)
        return cls(author, len(framing) - author, len(quotes) - len(framing))

    def __str__(self) -> str:
        """Return the counts in words; quotes for their voice only are named if there are any."""
        counts = f"{self.author} by the author, {self.others} by others"
        if not self.voice_only:
            return counts
        voices = "its voice" if self.voice_only == 1 else "their voices"
        return f"{counts}, {self.voice_only} for {voices} only"
