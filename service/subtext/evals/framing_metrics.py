"""Compute all metrics of a run over labelled articles: labels, evidence, voices, calibration and cost."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.evals import bootstrap_ci, label_metrics, quote_metrics, voice_metrics
from subtext.evals.failure_log import ROW_INVALID
from subtext.evals.gates import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from subtext.domain.axis import Axis
    from subtext.evals.bootstrap_ci import Interval
    from subtext.evals.label_metrics import Bin, LabelScore, Pair, SelectiveAccuracy
    from subtext.evals.quote_metrics import QuoteTally
    from subtext.evals.results import CaseResult
    from subtext.evals.runner import Run
    from subtext.evals.voice_metrics import VoiceTally

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class KindScore:
    """Number of right answers among the articles of one kind."""

    right: int
    count: int


@dataclass(frozen=True, slots=True)
class RunCost:
    """Time, tokens and cost of a run; cost is None if the prices are unknown."""

    seconds: float
    articles_per_second: float
    median_seconds: float
    input_tokens: int
    output_tokens: int
    cost: float | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class FramingMetrics:
    """Metrics of a run; docs/evals.md explains each.

    `confusion` is by gold label, then by predicted label. `by_kind` is empty if the articles have no kinds.
    `author_accuracy` and rates are None if there was nothing to measure.
    """

    articles: int
    abstained: int
    failures: dict[str, int]
    contested: int
    accuracy: Interval
    macro_f1: Interval
    by_label: dict[str, LabelScore]
    confusion: dict[str, dict[str, int]]
    opposite_rate: float
    author_accuracy: float | None
    voices: VoiceTally
    evidence: QuoteTally
    grounding_rate: float | None
    ece: float | None
    reliability: tuple[Bin, ...]
    selective: tuple[SelectiveAccuracy, ...]
    by_kind: dict[str, KindScore]
    spent: RunCost

    def figures(self) -> Iterator[Metric]:
        """Yield the figures that a gate can name."""
        yield Metric("accuracy", self.accuracy.value)
        yield Metric("macro_f1", self.macro_f1.value)
        yield Metric("accuracy_surest_half", accuracy_at(self.selective, _HALF))
        yield Metric("opposite_rate", self.opposite_rate, "lower")
        yield Metric("ece", self.ece, "lower")
        yield Metric("author_accuracy", self.author_accuracy)
        yield Metric("voice_accuracy", _share(self.voices.right, self.voices.coded))
        yield Metric("evidence_recall", self.evidence.recall)
        yield Metric("evidence_precision", self.evidence.precision)
        yield Metric("evidence_sentence_precision", self.evidence.sentence_precision)
        yield Metric("grounding_rate", self.grounding_rate)
        yield Metric("abstention_rate", self.abstained / self.articles, "lower")
        rows = self.articles + self.failures.get(ROW_INVALID, 0)
        yield Metric("failure_rate", sum(self.failures.values()) / rows, "lower")
        yield Metric("articles_per_second", self.spent.articles_per_second)


def label_pairs(outcomes: Sequence[CaseResult]) -> list[Pair]:
    """Return gold and predicted labels; a contested gold label is resolved."""
    return [(label_metrics.resolve_gold(outcome.labels, outcome.predicted), outcome.predicted) for outcome in outcomes]


def framing_metrics(run: Run, axis: Axis, *, invalid_rows: int = 0) -> FramingMetrics:
    """Compute the metrics of a run of at least one article; invalid rows count as failures."""
    outcomes = run.outcomes
    pairs = label_pairs(outcomes)
    bins = label_metrics.reliability([(o.confidence, o.is_right) for o in outcomes if o.predicted is not None])
    return FramingMetrics(
        articles=len(outcomes),
        abstained=sum(o.predicted is None and o.failure is None for o in outcomes),
        failures=_failures(outcomes, invalid_rows),
        contested=sum(len(o.labels) > 1 for o in outcomes),
        accuracy=bootstrap_ci.bootstrap_interval(pairs, label_metrics.accuracy),
        macro_f1=bootstrap_ci.bootstrap_interval(pairs, label_metrics.macro_f1),
        by_label=label_metrics.scores_by_label(pairs),
        confusion=label_metrics.confusion(pairs, axis.labels),
        opposite_rate=label_metrics.opposite_rate(pairs, axis.poles),
        author_accuracy=_author_accuracy(outcomes),
        voices=voice_metrics.sum_voice_tallies(o.voices for o in outcomes),
        evidence=quote_metrics.sum_tallies(o.quotes for o in outcomes),
        grounding_rate=_share(sum(o.kept for o in outcomes), sum(o.proposed for o in outcomes)),
        ece=label_metrics.expected_calibration_error(bins) if bins else None,
        reliability=bins,
        selective=label_metrics.selective_accuracy([(o.confidence, o.is_right) for o in outcomes]),
        by_kind=_by_kind(outcomes),
        spent=_run_cost(run),
    )


def accuracy_at(selective: Sequence[SelectiveAccuracy], coverage: float) -> float | None:
    """Return the accuracy at a coverage, or None if it was not measured."""
    return next((point.accuracy for point in selective if point.coverage == coverage), None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _failures(outcomes: Sequence[CaseResult], invalid_rows: int) -> dict[str, int]:
    counts = Counter(outcome.failure for outcome in outcomes if outcome.failure is not None)
    return {**counts, **({ROW_INVALID: invalid_rows} if invalid_rows else {})}


def _author_accuracy(outcomes: Sequence[CaseResult]) -> float | None:
    coded = [outcome.author for outcome in outcomes if outcome.author is not None]
    return _share(sum(gold == answered for gold, answered in coded), len(coded))


def _by_kind(outcomes: Sequence[CaseResult]) -> dict[str, KindScore]:
    rights: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.kind is not None:
            rights[outcome.kind].append(outcome.is_right)
    return {kind: KindScore(sum(rights[kind]), len(rights[kind])) for kind in sorted(rights)}


def _run_cost(run: Run) -> RunCost:
    efforts = [outcome.effort for outcome in run.outcomes]
    costs = [effort.cost for effort in efforts if effort.cost is not None]
    return RunCost(
        seconds=run.seconds,
        articles_per_second=len(efforts) / run.seconds if run.seconds else 0.0,
        median_seconds=statistics.median(effort.seconds for effort in efforts),
        input_tokens=sum(effort.input_tokens for effort in efforts),
        output_tokens=sum(effort.output_tokens for effort in efforts),
        cost=sum(costs) if costs else None,
        currency=next((effort.currency for effort in efforts if effort.currency), None),
    )
