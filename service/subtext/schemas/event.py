"""Define the events of an analysis in progress, as server-sent events carry them: name and data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from subtext.schemas.analysis import AnalysisView
from subtext.schemas.article import DocumentView
from subtext.schemas.base import ListOf, View
from subtext.schemas.problem import Problem


class StatusData(View):
    """Stage of the work; while a model answers, also what it has written so far."""

    stage: str = Field(description="reading_article or analysing.")
    tokens: int | None = Field(None, description="Tokens written so far, if the model's server streams.")
    elapsed_s: float | None = None
    passages_read: int | None = None
    passages: int | None = None


class PartialQuote(View):
    """Quote that is in the text; the final analysis may drop it."""

    quote: str
    start: int
    end: int
    pole: str


class PartialData(View):
    """What is known already: the document, or quotes of one passage."""

    document: DocumentView | None = None
    evidence: ListOf[PartialQuote] = Field(default_factory=list)


class DoneData(View):
    """Nothing: the end of the stream."""


class StatusEvent(View):
    """Event `status`."""

    event: Literal["status"]
    data: StatusData


class PartialEvent(View):
    """Event `partial`."""

    event: Literal["partial"]
    data: PartialData


class ResultEvent(View):
    """Event `result`: the whole analysis."""

    event: Literal["result"]
    data: AnalysisView


class ErrorEvent(View):
    """Event `error`, in place of a result."""

    event: Literal["error"]
    data: Problem


class DoneEvent(View):
    """Event `done`, the last one."""

    event: Literal["done"]
    data: DoneData


AnalysisEvent = Annotated[
    StatusEvent | PartialEvent | ResultEvent | ErrorEvent | DoneEvent, Field(discriminator="event")
]
