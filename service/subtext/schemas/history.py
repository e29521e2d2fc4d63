"""Define the list of stored analyses, and the feedback on one, as the v1 API returns them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field

from subtext.schemas.analysis import ANALYSES_PATH

if TYPE_CHECKING:
    from subtext.analysis.ports import StoredAnalysis


class AnalysisListItem(BaseModel):
    """Stored analysis in a list, with the fields to choose by; `self` is the address of the whole."""

    id: str
    created_at: datetime
    status: str
    engine: str = Field(description="llm or local.")
    label: str | None
    score: float | None
    confidence: float | None
    target: str | None
    outlet: str | None = Field(description="The site's name or host; null if the article was sent as text.")
    title: str | None
    url: str | None
    sha256: str = Field(description="Hex digest of the analysed text.")
    self: str

    @classmethod
    def of(cls, stored: StoredAnalysis) -> Self:
        """Build the list item of a stored analysis."""
        fields = {name: getattr(stored, name) for name in cls.model_fields if name != "self"}
        return cls(**fields, self=f"{ANALYSES_PATH}/{stored.id}")


class AnalysesView(BaseModel):
    """One page of analyses, the newest first."""

    analyses: list[AnalysisListItem]
    next_cursor: str | None = Field(description="Pass it back to get the next page; null on the last page.")


class FeedbackView(BaseModel):
    """Stored feedback."""

    id: str
    analysis_id: str
    created_at: datetime
    verdict: str
    label: str | None
    comment: str | None
