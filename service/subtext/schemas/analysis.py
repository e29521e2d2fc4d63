"""The v1 object: what an analysis looks like from outside. Fields are only ever added.

Enumerations are open for readers: a value may be added, so fields that hold one are strings with their values named in
the description. Nothing's absence means anything: what has no value is null and has a warning; lists are always there.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from subtext.errors import SubtextError
from subtext.schemas.article import CoverageView, DocumentView, TargetView, WarningView
from subtext.schemas.base import ListOf, View
from subtext.schemas.framing import EvidenceView, FramingView, VoiceView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analysis.ports import StoredAnalysis
    from subtext.domain.analysis import Analysis, InjectionFinding

SCHEMA_VERSION = "1.0"


class SentenceView(View):
    """A sentence of the summary, checked."""

    text: str
    evidence_ids: ListOf[str]
    support: str = Field(
        description="supported by its quotes; partly; unsupported: no quote in the text, or it says something else."
    )


class SummaryView(View):
    """The summary."""

    headline: str = Field(description="At most 140 characters.")
    sentences: ListOf[SentenceView]
    text: str = Field(description="All sentences as one paragraph, the unsupported ones too.")


class RejectedView(View):
    """A quote that was offered and is no evidence."""

    quote: str
    reason: str


class RepairView(View):
    """What was put right in the form of the engine's answers, and how often."""

    kind: str = Field(
        description="syntax, read_from_reasoning, read_from_tool_call, unwrapped, field_dropped, field_defaulted, "
        "spelling_matched, indicator_dropped, number_converted, shape_fitted, entry_dropped, list_cut or text_cut."
    )
    count: int


class GroundingView(View):
    """How honest the engine was."""

    proposed: int
    kept: int
    folded: int
    rejected: int
    rejected_items: ListOf[RejectedView]
    repairs: ListOf[RepairView] = Field(
        default_factory=list,
        description="Repairs to the form of the engine's answers; none of them adds a claim. "
        "Answers of earlier releases do not have it.",
    )


class InjectionFindingView(View):
    """A passage of the article that reads like an instruction to a model."""

    kind: str
    start: int
    end: int
    action: str


class InjectionView(View):
    """Whether the article tries to instruct the model."""

    suspected: bool
    findings: ListOf[InjectionFindingView]

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
    attempts: ListOf[AttemptView]
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
    warnings: ListOf[WarningView]
    document: DocumentView
    coverage: CoverageView
    target: TargetView | None
    summary: SummaryView | None
    framing: FramingView | None
    voices: ListOf[VoiceView]
    evidence: ListOf[EvidenceView]
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
            warnings=[WarningView.model_validate(warning) for warning in analysis.warnings],
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


class AnalysisListItem(BaseModel):
    """A kept analysis in a list: enough to choose by; `self` gives it whole."""

    id: str
    created_at: datetime
    status: str
    engine: str = Field(description="llm or local.")
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None = Field(description="The site's name or host; null where the article was sent as text.")
    title: str | None
    url: str | None
    sha256: str = Field(description="Hex digest of the analysed text.")
    self: str

    @classmethod
    def of(cls, stored: StoredAnalysis) -> Self:
        """The entry of a kept analysis."""
        shown = {name: getattr(stored, name) for name in cls.model_fields if name != "self"}
        return cls(**shown, self=f"{ANALYSES_PATH}/{stored.id}")


class AnalysesView(BaseModel):
    """One page of analyses, the newest first."""

    analyses: list[AnalysisListItem]
    next_cursor: str | None = Field(description="Hand it back for the next page; null on the last one.")


class FeedbackView(BaseModel):
    """What was said, as it is kept."""

    id: str
    analysis_id: str
    created_at: datetime
    verdict: str
    label: str | None
    comment: str | None


ANALYSES_PATH = "/v1/analyses"


def links_for(analysis_id: str) -> LinksView:
    """Where a kept analysis is found."""
    path = f"{ANALYSES_PATH}/{analysis_id}"
    return LinksView(self=path, report=f"/analyses/{analysis_id}", verify="/v1/verify", feedback=f"{path}/feedback")


def http_url_or_none(url: str | None) -> str | None:
    """The address where it is http or https with a host; None for anything else, such as `javascript:`."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def outlet(analysis: AnalysisView) -> str | None:
    """Where the article appeared: the site, else the host; None where it was handed in as text."""
    document = analysis.document
    address = http_url_or_none(document.source.final_url) or http_url_or_none(document.source.url)
    host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
    return document.site or host or None
