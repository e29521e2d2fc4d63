"""Define the batch views, and the options and the JSON form of an upload."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field

from subtext.domain.batch import BATCHES_PATH, Batch
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.base import RequestModel, View
from subtext.schemas.problem import Problem
from subtext.schemas.requests import SAMPLES_MAX, TARGET_MAX


class BatchView(BaseModel):
    """State and progress of a batch."""

    id: str
    state: str = Field(
        description="queued or running; then done (every item has its analysis), partial (some failed) or cancelled."
    )
    total: int = Field(description="Lines of the upload, including rejected ones.")
    counts: dict[str, int] = Field(description="Items by state: waiting, running, done, failed, cancelled.")
    rate: float | None = Field(description="Items per second so far.")
    remaining_s: float | None = Field(description="Estimated seconds to the end at that rate.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    results: str = Field(description="Address of the results.")

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Build the view of a batch at the present time."""
        now = datetime.now(UTC)
        return cls(
            id=batch.id,
            state=batch.state,
            total=batch.total,
            counts={state.value: count for state, count in batch.counts.items()},
            rate=batch.rate(now),
            remaining_s=batch.remaining_s(now),
            created_at=batch.created_at,
            started_at=batch.started_at,
            ended_at=batch.ended_at,
            results=f"{BATCHES_PATH}/{batch.id}/results",
        )


class BatchesView(BaseModel):
    """One page of batches, the newest first."""

    batches: list[BatchView]
    next_cursor: str | None = Field(description="Pass it back to get the next page; null on the last page.")


class BatchItemView(View):
    """Base of a line of results: which item it is."""

    custom_id: str | None = Field(description="As in the upload; null if that gave none.")
    position: int = Field(ge=0, description="Index of the line in the upload, from 0.")


class DoneItemView(BatchItemView):
    """Item that has its analysis."""

    state: Literal["done"]
    result: AnalysisView
    problem: None


class FailedItemView(BatchItemView):
    """Item that failed, and why."""

    state: Literal["failed"]
    result: None
    problem: Problem


class OpenItemView(BatchItemView):
    """Item without an outcome: it waits, is in progress or was cancelled."""

    state: Literal["waiting", "running", "cancelled"]
    result: None
    problem: None


BatchResult = Annotated[DoneItemView | FailedItemView | OpenItemView, Field(discriminator="state")]
"""Line of the results of a batch."""


class BatchOptions(RequestModel):
    """Default options of all items; an item's own fields override them."""

    model_config = ConfigDict(strict=False)

    engine: Literal["auto", "llm", "local"] | None = None
    fallback: Literal["auto", "never"] | None = None
    axis: str | None = Field(None, min_length=1, max_length=100)
    target: str | None = Field(None, min_length=1, max_length=TARGET_MAX)
    samples: int | None = Field(None, ge=1, le=SAMPLES_MAX)

    def merged_with(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return an item's fields, with the options as defaults."""
        return self.model_dump(exclude_none=True) | item


class JsonUpload(RequestModel):
    """Upload of a batch as one JSON object, for small batches."""

    items: Annotated[list[dict[str, Any]], FailFast()]
    options: BatchOptions = Field(default_factory=BatchOptions)
