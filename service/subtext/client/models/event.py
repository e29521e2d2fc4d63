"""Events of an analysis in progress."""

from __future__ import annotations

from pydantic import Field

from subtext.client.models.analysis import Analysis
from subtext.client.models.article import Document
from subtext.client.models.base import ApiObject


class StatusEvent(ApiObject):
    """Stage of the work; while a model answers, also what it has written so far."""

    stage: str
    tokens: int | None = None
    elapsed_s: float | None = None
    passages_read: int | None = None
    passages: int | None = None


class PartialQuote(ApiObject):
    """Quote that is in the text; the final analysis may drop it."""

    quote: str
    start: int
    end: int
    pole: str


class PartialEvent(ApiObject):
    """What is known already: the document, or quotes of one passage."""

    document: Document | None = None
    evidence: list[PartialQuote] = Field(default_factory=list)


class ResultEvent(ApiObject):
    """The analysis, which is the last event."""

    analysis: Analysis


AnalysisEvent = StatusEvent | PartialEvent | ResultEvent
