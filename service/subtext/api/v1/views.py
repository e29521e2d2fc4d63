"""The v1 object: what an analysis looks like from outside. Fields are only ever added.

Enumerations are open for readers: a value may be added, so fields that hold one are strings with their values named in
the description. Nothing's absence means anything: what has no value is null and has a warning; lists are always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field

from subtext.api.v1.document import CoverageView, DocumentView, Items, TargetView, View, WarningView
from subtext.api.v1.framing import EvidenceView, FramingView, VoiceView
from subtext.domain.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.analysis import Analysis, InjectionFinding

SCHEMA_VERSION = "1.0"


class SentenceView(View):
    """A sentence of the summary, checked."""

    text: str
    evidence_ids: Items[str]
    support: str = Field(
        description="supported by its quotes; partly; unsupported: no quote in the text, or it says something else."
    )


class SummaryView(View):
    """The summary."""

    headline: str = Field(description="At most 140 characters.")
    sentences: Items[SentenceView]
    text: str = Field(description="All sentences as one paragraph, the unsupported ones too.")


class RejectedView(View):
    """A quote that was offered and is no evidence."""

    quote: str
    reason: str


class GroundingView(View):
    """How honest the engine was."""

    proposed: int
    kept: int
    folded: int
    rejected: int
    rejected_items: Items[RejectedView]


class InjectionFindingView(View):
    """A passage of the article that reads like an instruction to a model."""

    kind: str
    start: int
    end: int
    action: str


class InjectionView(View):
    """Whether the article tries to instruct the model."""

    suspected: bool
    findings: Items[InjectionFindingView]

    @classmethod
    def of(cls, findings: Sequence[InjectionFinding]) -> Self:
        """The findings with flat offsets."""
        views = [
            InjectionFindingView(kind=item.kind, start=item.span.start, end=item.span.end, action=item.action)
            for item in findings
        ]
        return cls(suspected=bool(views), findings=views)


class EngineUsedView(View):
    """Which engine answered."""

    kind: str = Field(description="llm or local.")
    model: str
    model_reported: str | None
    output_mode: str | None
    samples: int
    degraded_from: str | None


class PromptUsedView(View):
    """What was asked, by digest."""

    id: str
    version: int
    sha256: str


class AttemptView(View):
    """One call to the model's server."""

    outcome: str
    status: int | None
    wait_s: float
    ms: int
    input_tokens: int | None
    output_tokens: int | None


class UsageView(View):
    """The true cost, failed attempts included; null where the server did not say."""

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    calls: int
    attempts: Items[AttemptView]
    cost: float | None
    currency: str | None


class CacheView(View):
    """Whether the answer was stored before."""

    hit: bool
    age_s: float | None


class LinksView(View):
    """Where to go from here; null: not available on this service."""

    self: str | None
    report: str | None
    verify: str | None
    feedback: str | None


class AnalysisView(View):
    """A proven reading of one article."""

    id: str = Field(description="UUID version 7.")
    schema_version: str
    created_at: str = Field(description="RFC 3339, UTC.")
    duration_ms: int
    status: str = Field(description="complete, partial or abstained: the one gate for a reader.")
    warnings: Items[WarningView]
    document: DocumentView
    coverage: CoverageView
    target: TargetView | None
    summary: SummaryView | None
    framing: FramingView | None
    voices: Items[VoiceView]
    evidence: Items[EvidenceView]
    grounding: GroundingView
    injection: InjectionView
    engine: EngineUsedView
    prompt: PromptUsedView | None
    usage: UsageView
    cache: CacheView
    links: LinksView
    request_id: str | None

    @classmethod
    def of(cls, analysis: Analysis, *, request_id: str | None = None, include_text: bool = False) -> Self:
        """The answer for an analysis; the article's text only when it is asked for.

        Raises `SubtextError` where a quote is not in the text at its place: no answer is better than a false one.
        """
        _require_verbatim(analysis)
        provenance = analysis.provenance
        return cls(
            id=analysis.id,
            schema_version=SCHEMA_VERSION,
            created_at=analysis.created_at,
            duration_ms=analysis.duration_ms,
            status=analysis.status,
            warnings=[WarningView.model_validate(notice) for notice in analysis.notices],
            document=DocumentView.of(analysis.article, include_text=include_text),
            coverage=CoverageView.model_validate(analysis.coverage),
            target=None if analysis.target is None else TargetView.model_validate(analysis.target),
            summary=None if analysis.summary is None else SummaryView.model_validate(analysis.summary),
            framing=None if analysis.framing is None else FramingView.of(analysis.framing),
            voices=[VoiceView.of(heard) for heard in analysis.voices],
            evidence=[EvidenceView.of(item) for item in analysis.evidence],
            grounding=GroundingView.model_validate(analysis.grounding),
            injection=InjectionView.of(analysis.injections),
            engine=EngineUsedView.model_validate(provenance.engine),
            prompt=None if provenance.prompt is None else PromptUsedView.model_validate(provenance.prompt),
            usage=UsageView.model_validate(provenance.usage),
            cache=CacheView(hit=False, age_s=None),
            links=LinksView(self=None, report=None, verify="/v1/verify", feedback=None),
            request_id=request_id,
        )


def _require_verbatim(analysis: Analysis) -> None:
    """The contract of offsets, checked on everything that leaves."""
    text = analysis.article.text
    for item in analysis.evidence:
        span = item.match.span
        if text[span.start : span.end] != item.match.quote:
            raise SubtextError(f"nothing is answered: evidence {item.id} is not in the text at its place; report this")
