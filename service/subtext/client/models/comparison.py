"""Comparison: several articles on one axis."""

from __future__ import annotations

from subtext.client.models.base import ApiObject
from subtext.client.models.framing import FramingByVoice, Lean


class StrongQuote(ApiObject):
    """One of the strongest quotes for a pole; `voice` is null for the author."""

    evidence_id: str
    quote: str
    start: int
    end: int
    pole: str
    strength: str | None
    voice: str | None


class ComparedArticle(ApiObject):
    """Framing of one article in the comparison; `position` is its index in the request."""

    position: int
    analysis_id: str
    outlet: str | None
    title: str | None
    url: str | None
    published_at: str | None
    target: str | None
    overall: Lean
    by_voice: FramingByVoice
    headline: Lean
    confidence: float
    quotes: list[StrongQuote]
    engine: str
    status: str


class FailedSource(ApiObject):
    """Article that could not be compared, and why."""

    position: int
    code: str
    detail: str
    retryable: bool


class Comparison(ApiObject):
    """Articles on one axis, sorted from its first pole to its second; articles without a label come last."""

    axis: str
    poles: list[str]
    articles: list[ComparedArticle]
    failures: list[FailedSource]
    spread: float | None
    same_target: bool
    request_id: str
