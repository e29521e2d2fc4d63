"""Measure the faithfulness check on summaries that are labelled consistent or inconsistent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from subtext.analysis.faithfulness.checker import faithfulness_log_odds
from subtext.evals import bootstrap_ci
from subtext.evals.gates import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.evals.bootstrap_ci import Interval

ScoredSummary = tuple[bool, float]


class FaithfulnessRow(BaseModel):
    """Article, summary, and whether the summary is consistent with the article."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    consistent: bool


@dataclass(frozen=True, slots=True)
class FaithfulnessMetrics:
    """Metrics of the check: balanced accuracy, both recalls, and the area under the ROC curve.

    `consistent` and `inconsistent` are recalls, None if there is no such row; then `auc` is None too.
    """

    summaries: int
    balanced_accuracy: Interval
    consistent: float | None
    inconsistent: float | None
    auc: float | None

    def figures(self) -> Iterator[Metric]:
        """Yield the figures that a gate can name."""
        yield Metric("faithfulness_balanced_accuracy", self.balanced_accuracy.value)
        yield Metric("faithfulness_auc", self.auc)


def faithfulness_metrics(rows: Sequence[FaithfulnessRow]) -> FaithfulnessMetrics:
    """Measure the check on these rows."""
    scored = [(row.consistent, faithfulness_log_odds(row.summary, row.text)) for row in rows]
    return FaithfulnessMetrics(
        summaries=len(rows),
        balanced_accuracy=bootstrap_ci.bootstrap_interval(scored, balanced_accuracy),
        consistent=recall(scored, of=True),
        inconsistent=recall(scored, of=False),
        auc=auc(scored),
    )


def balanced_accuracy(scored: Sequence[ScoredSummary]) -> float:
    """Return the mean recall of the classes present; a score above 0 means consistent."""
    recalls = [value for value in (recall(scored, of=True), recall(scored, of=False)) if value is not None]
    return sum(recalls) / len(recalls)


def recall(scored: Sequence[ScoredSummary], *, of: bool) -> float | None:
    """Return the recall of the consistent (or the inconsistent) summaries."""
    scores = [score for consistent, score in scored if consistent is of]
    return sum((score > 0) is of for score in scores) / len(scores) if scores else None


def auc(scored: Sequence[ScoredSummary]) -> float | None:
    """Return the area under the ROC curve; ties count half."""
    consistent_scores = [score for consistent, score in scored if consistent]
    inconsistent_scores = [score for consistent, score in scored if not consistent]
    if not consistent_scores or not inconsistent_scores:
        return None
    return sum((one > other) + (one == other) / 2 for one in consistent_scores for other in inconsistent_scores) / (
        len(consistent_scores) * len(inconsistent_scores)
    )
