"""Fields of requests, as keyword arguments and as dictionaries; the API's documentation describes each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Required, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from subtext.client.models.analysis import Analysis

EngineChoice = Literal["auto", "llm", "local"]
Fallback = Literal["auto", "never"]
BatchEvent = Literal["batch.completed", "batch.failed"]


class SummaryFields(TypedDict, total=False):
    """Article to summarize: exactly one of `text`, `html` and `url`."""

    text: str
    html: str
    url: str
    title: str | None
    language: str | None
    engine: EngineChoice | None
    fallback: Fallback | None
    cache: Literal["default", "no-store"]
    include: Sequence[Literal["text"]]


class AnalysisFields(SummaryFields, total=False):
    """Article to analyze: exactly one of `text`, `html` and `url`."""

    target: str | None
    axis: str | None
    samples: int


class BatchItem(AnalysisFields, total=False):
    """Article of a batch: as for an analysis, with an id of your own."""

    custom_id: Required[str]


class BatchOptionFields(TypedDict, total=False):
    """Default options of all items of a batch."""

    engine: EngineChoice | None
    fallback: Fallback | None
    axis: str | None
    target: str | None
    samples: int | None


class ComparedSource(TypedDict, total=False):
    """Article to compare: exactly one of `text`, `html`, `url` and `analysis`."""

    text: str
    html: str
    url: str
    analysis: Analysis | Mapping[str, Any]
    title: str | None
    outlet: str | None


class ComparisonFields(TypedDict, total=False):
    """Options of a comparison."""

    target: str | None
    axis: str | None
    engine: EngineChoice | None


class AnalysisFilters(TypedDict, total=False):
    """Filters of the list of analyses; `since` is included, `until` is not."""

    label: str | None
    outlet: str | None
    target: str | None
    engine: Literal["llm", "local"] | None
    since: datetime | None
    until: datetime | None
    min_confidence: float | None
    limit: int
    cursor: str | None


class PageFields(TypedDict, total=False):
    """Page of a list: entries on a page, and where it begins."""

    limit: int
    cursor: str | None


class DeliveryFilters(PageFields, total=False):
    """Filters of the list of deliveries."""

    state: Literal["waiting", "running", "delivered", "dead"] | None
