"""Batch views, and the options and the JSON form of an upload."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field

from subtext.domain.batch import BATCHES_PATH, Batch
from subtext.schemas.base import RequestModel
from subtext.schemas.requests import SAMPLES_MAX, TARGET_MAX


class BatchView(BaseModel):
    """A batch as it stands."""

    id: str
    state: str = Field(
        description="queued or running; then done (every item has its analysis), partial (some failed) or cancelled."
    )
    total: int = Field(description="Lines that came, those that were refused included.")
    counts: dict[str, int] = Field(description="Items by state: waiting, running, done, failed, cancelled.")
    rate: float | None = Field(description="Items a second so far.")
    remaining_s: float | None = Field(description="Seconds to the end at that rate: a guess.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    results: str = Field(description="Where the results are.")

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """The view of a batch, now."""
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
    next_cursor: str | None = Field(description="Hand it back for the next page; null on the last one.")


class BatchOptions(RequestModel):
    """What holds for every item that does not say otherwise."""

    model_config = ConfigDict(strict=False)

    engine: Literal["auto", "llm", "local"] | None = None
    fallback: Literal["auto", "never"] | None = None
    axis: str | None = Field(None, min_length=1, max_length=100)
    target: str | None = Field(None, min_length=1, max_length=TARGET_MAX)
    samples: int | None = Field(None, ge=1, le=SAMPLES_MAX)

    def merged_with(self, ask: dict[str, Any]) -> dict[str, Any]:
        """An item's fields with the options beneath."""
        return self.model_dump(exclude_none=True) | ask


class JsonUpload(RequestModel):
    """A batch as one JSON object, for what fits into one request."""

    items: Annotated[list[dict[str, Any]], FailFast()]
    options: BatchOptions = BatchOptions()
