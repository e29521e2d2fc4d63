"""Define the analysis as the v1 API returns it; fields are only ever added.

Enumerations are open: a value may be added, so such fields are strings with their values named in the description.
Nothing is signalled by absence: a missing value is null and has a warning, and lists are always there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import Field

from subtext.errors import SubtextError
from subtext.schemas.article import CoverageView, DocumentView, TargetView, WarningView
from subtext.schemas.base import ListOf, View
from subtext.schemas.framing import EvidenceView, FramingView, VoiceView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.analysis import Analysis, InjectionFinding

SCHEMA_VERSION = "1.0"
ANALYSES_PATH = "/v1/analyses"


class SentenceView(View):
    """Sentence of the summary, with the result of checking it."""

    text: str
    evidence_ids: ListOf[str]
    support: str = Field(
        description="supported by its quotes; partly; unsupported: no quote in the text, or they say something else."
    )


class SummaryView(View):
    """Summary of the article."""

    headline: str = Field(description="At most 140 characters.")
    sentences: ListOf[SentenceView]
    text: str = Field(description="All sentences as one paragraph, including unsupported ones.")


class RejectedView(View):
    """Quote that the engine proposed and that was rejected as evidence."""

    quote: str
    reason: str


class RepairView(View):
    """Kind of repair to the form of the engine's answers, and how often it was made."""

    kind: str = Field(
        description="syntax, read_from_reasoning, read_from_tool_call, unwrapped, field_dropped, field_defaulted, "
        "spelling_matched, indicator_dropped, number_converted, shape_fitted, entry_dropped, list_cut or text_cut."
    )
    count: int


class GroundingView(View):
    """Result of looking up the engine's quotes in the text."""

    proposed: int
    kept: int
    folded: int
    rejected: int
    rejected_items: ListOf[RejectedView]
    repairs: ListOf[RepairView] = Field(
        default_factory=list,
        description="Repairs to the form of the engine's answers; none of them adds a claim. "
        "Analyses of earlier releases do not have it.",
    )


class InjectionFindingView(View):
    """Passage of the article that reads like an instruction to a language model."""

    kind: str
    start: int
    end: int
    action: str


class InjectionView(View):
    """Result of the prompt injection check."""

    suspected: bool
    findings: ListOf[InjectionFindingView]

    @classmethod
    def of(cls, findings: Sequence[InjectionFinding]) -> Self:
        """Build the view, with flat offsets."""
        views = [
            InjectionFindingView(kind=item.kind, start=item.span.start, end=item.span.end, action=item.action)
            for item in findings
        ]
        return cls(suspected=bool(views), findings=views)


class EngineUsedView(View):
    """Engine that produced the analysis."""

    kind: str = Field(description="llm or local.")
    model: str
    model_reported: str | None
    output_mode: str | None
    samples: int
    degraded_from: str | None


class PromptUsedView(View):
    """Prompt that was sent, with its digest."""

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
    """Tokens and cost, including failed attempts; null if the server did not report them."""

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    calls: int
    attempts: ListOf[AttemptView]
    cost: float | None
    currency: str | None


class CacheView(View):
    """Cache status of the analysis."""

    hit: bool
    age_s: float | None


class LinksView(View):
    """Related addresses; null if this service does not have them."""

    self: str | None
    report: str | None
    verify: str | None
    feedback: str | None


NOT_CACHED = CacheView(hit=False, age_s=None)
NO_LINKS = LinksView(self=None, report=None, verify="/v1/verify", feedback=None)


class AnalysisView(View):
    """Checked analysis of one article."""

    id: str = Field(description="UUID version 7.")
    schema_version: str
    created_at: str = Field(description="RFC 3339, UTC.", json_schema_extra={"format": "date-time"})
    duration_ms: int
    status: str = Field(description="complete, partial or abstained: check this first.")
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
    def of(
        cls,
        analysis: Analysis,
        *,
        request_id: str | None = None,
        include_text: bool = False,
        cache: CacheView = NOT_CACHED,
        links: LinksView = NO_LINKS,
    ) -> Self:
        """Build the view of an analysis, with the article's text only if asked for.

        Raises `SubtextError` if a quote is not in the text at its offsets: no response is better than a false one.
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
            voices=[VoiceView.of(voice) for voice in analysis.voices],
            evidence=[EvidenceView.of(item) for item in analysis.evidence],
            grounding=GroundingView.model_validate(analysis.grounding),
            injection=InjectionView.of(analysis.injections),
            engine=EngineUsedView.model_validate(provenance.engine),
            prompt=None if provenance.prompt is None else PromptUsedView.model_validate(provenance.prompt),
            usage=UsageView.model_validate(provenance.usage),
            cache=cache,
            links=links,
            request_id=request_id,
        )


def _require_verbatim(analysis: Analysis) -> None:
    """Raise `SubtextError` unless each quote is in the text at its offsets: no response is better than a false one."""
    text = analysis.article.text
    for item in analysis.evidence:
        span = item.match.span
        if text[span.start : span.end] != item.match.quote:
            raise SubtextError(
                f"no analysis is returned: evidence {item.id} is not in the text at its offsets; report this"
            )


def links_for(analysis_id: str) -> LinksView:
    """Return the links of a stored analysis."""
    path = f"{ANALYSES_PATH}/{analysis_id}"
    return LinksView(self=path, report=f"/analyses/{analysis_id}", verify="/v1/verify", feedback=f"{path}/feedback")


def http_url_or_none(url: str | None) -> str | None:
    """Return the URL if it is http or https with a host, else None, as for `javascript:`."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def outlet(analysis: AnalysisView) -> str | None:
    """Return the outlet: the site, else the host; None if the article was given as text."""
    document = analysis.document
    address = http_url_or_none(document.source.final_url) or http_url_or_none(document.source.url)
    host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
    return document.site or host or None
