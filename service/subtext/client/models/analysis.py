"""Analysis of an article, entries of the list of analyses, feedback and verification."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from subtext.client.models.article import AnalysisWarning, Coverage, Document, Target
from subtext.client.models.base import ApiObject, Page
from subtext.client.models.framing import Evidence, Framing, Voice


class SummarySentence(ApiObject):
    """Sentence of the summary: supported, partly or unsupported by the article."""

    text: str
    evidence_ids: list[str]
    support: str


class Summary(ApiObject):
    """Summary of the article."""

    headline: str
    sentences: list[SummarySentence]
    text: str


class RejectedQuote(ApiObject):
    """Quote that the engine proposed and that was rejected as evidence."""

    quote: str
    reason: str


class Repair(ApiObject):
    """Kind of repair to the form of the engine's answers, and how often it was made."""

    kind: str
    count: int


class Grounding(ApiObject):
    """Result of looking up the engine's quotes in the text."""

    proposed: int
    kept: int
    folded: int
    rejected: int
    rejected_items: list[RejectedQuote]
    repairs: list[Repair] = Field(default_factory=list)


class InjectionFinding(ApiObject):
    """Passage of the article that reads like an instruction to a language model."""

    kind: str
    start: int
    end: int
    action: str


class InjectionCheck(ApiObject):
    """Result of the prompt injection check."""

    suspected: bool
    findings: list[InjectionFinding]


class EngineUsed(ApiObject):
    """Engine that produced the analysis."""

    kind: str
    model: str
    model_reported: str | None
    output_mode: str | None
    samples: int
    degraded_from: str | None


class PromptUsed(ApiObject):
    """Prompt that was sent, with its digest."""

    id: str
    version: int
    sha256: str


class Attempt(ApiObject):
    """One call to the model's server."""

    outcome: str
    status: int | None
    wait_s: float
    ms: int
    input_tokens: int | None
    output_tokens: int | None


class Usage(ApiObject):
    """Tokens and cost, including failed attempts; null if the server did not report them."""

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    calls: int
    attempts: list[Attempt]
    cost: float | None
    currency: str | None


class CacheStatus(ApiObject):
    """Cache status of the analysis."""

    hit: bool
    age_s: float | None


class Links(ApiObject):
    """Related addresses; null if the service does not have them."""

    self: str | None
    report: str | None
    verify: str | None
    feedback: str | None


class Analysis(ApiObject):
    """Checked analysis of one article; check `status` first: complete, partial or abstained."""

    id: str
    schema_version: str
    created_at: datetime
    duration_ms: int
    status: str
    warnings: list[AnalysisWarning]
    document: Document
    coverage: Coverage
    target: Target | None
    summary: Summary | None
    framing: Framing | None
    voices: list[Voice]
    evidence: list[Evidence]
    grounding: Grounding
    injection: InjectionCheck
    engine: EngineUsed
    prompt: PromptUsed | None
    usage: Usage
    cache: CacheStatus
    links: Links
    request_id: str | None


class AnalysisListItem(ApiObject):
    """Stored analysis in a list, with the fields to choose by; `self` is the address of the whole."""

    id: str
    created_at: datetime
    status: str
    engine: str
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None
    title: str | None
    url: str | None
    sha256: str
    self: str


class AnalysisPage(Page[AnalysisListItem]):
    """Page of analyses, the newest first."""

    analyses: list[AnalysisListItem]

    def entries(self) -> list[AnalysisListItem]:
        """Return the analyses of this page."""
        return self.analyses


class Feedback(ApiObject):
    """Stored feedback."""

    id: str
    analysis_id: str
    created_at: datetime
    verdict: str
    label: str | None
    comment: str | None


class VerificationFailure(ApiObject):
    """Claim of the analysis that does not hold, with a JSON pointer into the analysis."""

    pointer: str
    code: str
    message: str


class VerificationCounts(ApiObject):
    """Number of checks that were made."""

    quotes: int
    references: int
    verdict: bool


class Verification(ApiObject):
    """Result of the verification; valid if every claim holds."""

    valid: bool
    checked: VerificationCounts
    failures: list[VerificationFailure]
