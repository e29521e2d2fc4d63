"""Faithfulness: whether our check tells summaries that an article bears out from those that say something else."""

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

Judged = tuple[bool, float]


class FaithfulnessRow(BaseModel):
    """An article, a summary of it, and whether the summary is consistent with it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    consistent: bool


@dataclass(frozen=True, slots=True)
class FaithfulnessMetrics:
    """How well the check does: the mean of the two recalls, each of them, and the area under the ROC curve.

    `consistent` and `inconsistent` are recalls, None where there is no such row; then there is no `auc` either.
    """

    summaries: int
    balanced_accuracy: Interval
    consistent: float | None
    inconsistent: float | None
    auc: float | None

    def figures(self) -> Iterator[Metric]:
        """The numbers that a gate can name."""
        yield Metric("faithfulness_balanced_accuracy", self.balanced_accuracy.value)
        yield Metric("faithfulness_auc", self.auc)


def faithfulness_metrics(rows: Sequence[FaithfulnessRow]) -> FaithfulnessMetrics:
    """The measures of the check on these rows."""
    judged = [(row.consistent, faithfulness_log_odds(row.summary, row.text)) for row in rows]
    return FaithfulnessMetrics(
        summaries=len(rows),
        balanced_accuracy=bootstrap_ci.bootstrap_interval(judged, balanced_accuracy),
        consistent=recall(judged, of=True),
        inconsistent=recall(judged, of=False),
        auc=auc(judged),
    )


def balanced_accuracy(judged: Sequence[Judged]) -> float:
    """The mean recall of the kinds that there are; a score above 0 says consistent."""
    recalls = [found for found in (recall(judged, of=True), recall(judged, of=False)) if found is not None]
    return sum(recalls) / len(recalls)


def recall(judged: Sequence[Judged], *, of: bool) -> float | None:
    """The share of the consistent (or the inconsistent) summaries that are told as such."""
    scores = [score for consistent, score in judged if consistent is of]
    return sum((score > 0) is of for score in scores) / len(scores) if scores else None


def auc(judged: Sequence[Judged]) -> float | None:
    """How often a consistent summary scores above an inconsistent one; equal scores count half."""
    good = [score for consistent, score in judged if consistent]
    bad = [score for consistent, score in judged if not consistent]
    if not good or not bad:
        return None
    return sum((one > other) + (one == other) / 2 for one in good for other in bad) / (len(good) * len(bad))
