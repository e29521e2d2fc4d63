"""Spans, voices and evidence: what a claim about framing stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Segment = Literal["headline", "lead", "body"]
MatchKind = Literal["exact", "folded"]
Strength = Literal["weak", "moderate", "strong"]
Polarity = Literal["asserts", "denies", "reports"]
VoiceKind = Literal["author", "attributed", "unclear"]
Role = Literal["framing", "voice", "support"]

AUTHOR_ID = "author"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points, never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.end <= self.start:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}..{self.end}")

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two ranges share a code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Match:
    """Where a quote stands in the article.

    `utf16` is the same range in UTF-16 code units (what JavaScript, Java and C# count). `occurrence` is 1-based among
    the `occurrences` of the quote. `folded` says that only typography differed (quote marks, dashes, white space, …).
    """

    span: Span
    utf16: Span
    quote: str
    occurrence: int
    occurrences: int
    kind: MatchKind


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: the author, a named or described speaker, or nobody that can be told."""

    id: str
    kind: VoiceKind
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Stance:
    """Which voice counts toward which pole, and where in the text; `voice` names it, None for the author."""

    voice: str | None
    pole: str
    span: Span

    def duplicates(self, other: Stance) -> bool:
        """Tell whether both are the same voice's for the same pole, and overlap: then only one of them counts."""
        return (self.voice, self.pole) == (other.voice, other.pole) and self.span.overlaps(other.span)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim span and what it is evidence for.

    `framing` evidence has a voice, a pole and a strength. `pole` is the pole that the span counts toward for its voice:
    in "this was no cry for help" the words name desperation, the author denies it (`polarity="denies"`), and the span
    counts toward domination. `voice` evidence has the same fields, but counts for the label of its voice only, not for
    the article's. `support` evidence carries a summary sentence and has none of these.
    """

    id: str
    match: Match
    segment: Segment
    role: Role = "framing"
    voice_id: str | None = None
    pole: str | None = None
    indicator: str | None = None
    strength: Strength | None = None
    polarity: Polarity | None = None

    def __post_init__(self) -> None:
        if (self.role != "support") != (self.pole is not None and self.voice_id is not None):
            raise ValueError("evidence of framing or of a voice, and only that, has a voice and a pole")
