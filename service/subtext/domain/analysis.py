"""The Analysis: what Subtext stands behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from subtext.domain.article import AnalysisWarning, Article
    from subtext.domain.evidence import Evidence, Span, Voice
    from subtext.domain.framing import Framing, FramingScore

Status = Literal["complete", "partial", "abstained"]
Support = Literal["supported", "partly", "unsupported"]
EngineKind = Literal["llm", "local"]
TargetSource = Literal["caller", "inferred"]
RepairKind = Literal[
    "syntax",
    "read_from_reasoning",
    "read_from_tool_call",
    "unwrapped",
    "field_dropped",
    "field_defaulted",
    "spelling_matched",
    "indicator_dropped",
    "number_converted",
    "shape_fitted",
    "entry_dropped",
    "list_cut",
    "text_cut",
]


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence, how far the article bears it out, and the evidence for that."""

    text: str
    evidence_ids: tuple[str, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Summary:
    """A headline of at most 140 characters and the checked sentences."""

    headline: str
    sentences: tuple[SummarySentence, ...]

    @property
    def text(self) -> str:
        """Return the sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def is_unsupported(self) -> bool:
        """Return whether there are sentences, and none of them is borne out even partly."""
        return bool(self.sentences) and all(sentence.support == "unsupported" for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which parts of the text were read; `fraction` is of its code points."""

    complete: bool
    ranges_read: tuple[Span, ...]
    ranges_failed: tuple[Span, ...]
    fraction: float


@dataclass(frozen=True, slots=True)
class Target:
    """Whose conduct is framed. `given_by` says whether the caller named it; `mentions` counts it in the text."""

    name: str
    aliases: tuple[str, ...]
    given_by: TargetSource
    mentions: int


@dataclass(frozen=True, slots=True)
class VoiceFraming:
    """A voice, where its evidence stands, and which evidence that is."""

    voice: Voice
    score: FramingScore
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejectedQuote:
    """A quote that the engine offered and the text does not hold."""

    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class InjectionFinding:
    """A passage of the article that reads like an instruction to a machine.

    `action` is what was done: `excluded`, no label or summary stands on it; the passage stays in the text.
    """

    kind: str
    span: Span
    action: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A kind of repair to the form of an engine's answer, and how often it was needed."""

    kind: RepairKind
    count: int


@dataclass(frozen=True, slots=True)
class Grounding:
    """How honest the engine was: quotes proposed, kept, kept with other typography, and refused.

    `repairs` counts what was put right in the form of its answers before they could be read.
    """

    proposed: int
    kept: int
    folded: int
    rejected_items: tuple[RejectedQuote, ...]
    repairs: tuple[Repair, ...] = ()

    @property
    def rejected(self) -> int:
        """Return how many quotes were rejected."""
        return len(self.rejected_items)


@dataclass(frozen=True, slots=True)
class EngineUsed:
    """Which engine answered, as far as it can be told."""

    kind: EngineKind
    model: str
    model_reported: str | None = None
    output_mode: str | None = None
    samples: int = 1
    degraded_from: str | None = None


@dataclass(frozen=True, slots=True)
class PromptUsed:
    """The released prompt that was asked, and its digest (hex SHA-256 of prompt and axis together)."""

    id: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the engine: how it ended, what was waited before it (s), how long it took (ms), tokens in and out."""

    outcome: str
    status: int | None
    wait_s: float
    ms: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None

    @property
    def total_tokens(self) -> int:
        """Return the tokens read and written, as far as they are known."""
        return (self.input_tokens or 0) + (self.output_tokens or 0)


@dataclass(frozen=True, slots=True)
class Usage:
    """The true cost, failed attempts included; token counts are None where the server did not report them."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cached_tokens: int | None = 0
    attempts: tuple[Attempt, ...] = ()
    cost: float | None = None
    currency: str | None = None

    @property
    def calls(self) -> int:
        """Return the number of calls to the engine's server."""
        return len(self.attempts)

    @property
    def total_tokens(self) -> int:
        """Return the tokens read and written, as far as they are known."""
        return (self.input_tokens or 0) + (self.output_tokens or 0)


@dataclass(frozen=True, slots=True)
class Provenance:
    """By whom and how the draft was made."""

    engine: EngineUsed
    prompt: PromptUsed | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Analysis:
    """A proven reading of one article: every quote is in the text, and the label follows from what is left.

    `created_at` is RFC 3339 in UTC. `summary` or `framing` is None when it was not asked for. When no label can be
    given, the framing's label is None and `status` is `abstained`.
    """

    id: str
    created_at: str
    duration_ms: int
    status: Status
    warnings: tuple[AnalysisWarning, ...]
    article: Article
    coverage: Coverage
    target: Target | None
    summary: Summary | None
    framing: Framing | None
    voices: tuple[VoiceFraming, ...]
    evidence: tuple[Evidence, ...]
    grounding: Grounding
    provenance: Provenance
    injections: tuple[InjectionFinding, ...] = ()
