"""Compute classification and calibration metrics of labels.

Classification works on (gold, predicted) pairs. `predicted` is None if no label was given: that is never right, and no
label's false positive.
Calibration works on (confidence, right) pairs: expected calibration error over equal bins (Guo et al. 2017, arXiv
1706.04599) and selective accuracy (Geifman and El-Yaniv 2017, arXiv 1705.08500).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Pair = tuple[str, str | None]
ScoredAnswer = tuple[float, bool]
BINS = 10
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label (0-1), and its number of articles."""

    precision: float
    recall: float
    f1: float
    support: int


def resolve_gold(labels: Sequence[str], predicted: str | None) -> str:
    """Return the gold label to count against; if coders did not agree, the predicted one if it is among them."""
    return predicted if predicted is not None and predicted in labels else labels[0]


def accuracy(pairs: Sequence[Pair]) -> float:
    """Return the share of right labels."""
    return sum(gold == predicted for gold, predicted in pairs) / len(pairs)


def confusion(pairs: Sequence[Pair], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the confusion matrix, by gold label, then by predicted label; `none` is without a label."""
    counts = Counter(pairs)
    columns: tuple[str | None, ...] = (*labels, None)
    return {gold: {column or "none": counts[gold, column] for column in columns} for gold in labels}


def scores_by_label(pairs: Sequence[Pair]) -> dict[str, LabelScore]:
    """Return precision, recall and F1 of every gold or predicted label, in alphabetical order."""
    counts = Counter(pairs)
    gold: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for (gold_label, predicted_label), count in counts.items():
        gold[gold_label] += count
        if predicted_label is not None:
            predicted[predicted_label] += count
    return {label: _score(counts[label, label], predicted[label], gold[label]) for label in sorted({*gold, *predicted})}


def macro_f1(pairs: Sequence[Pair]) -> float:
    """Return the mean F1 over labels, unweighted."""
    scores = scores_by_label(pairs)
    return sum(score.f1 for score in scores.values()) / len(scores)


def opposite_rate(pairs: Sequence[Pair], poles: tuple[str, str]) -> float:
    """Return the share of articles for which one pole was predicted instead of the other."""
    return sum({gold, predicted} == set(poles) for gold, predicted in pairs) / len(pairs)


def _score(hits: int, predicted: int, support: int) -> LabelScore:
    precision = hits / predicted if predicted else 0.0
    recall = hits / support if support else 0.0
    return LabelScore(precision, recall, 2 * hits / (predicted + support), support)


@dataclass(frozen=True, slots=True)
class Bin:
    """Bin of answers by confidence in [low, high): count, mean confidence and accuracy."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class SelectiveAccuracy:
    """Accuracy of the most confident answers, which are `coverage` of all articles."""

    coverage: float
    accuracy: float


def reliability(answers: Sequence[ScoredAnswer], bins: int = BINS) -> tuple[Bin, ...]:
    """Return the non-empty bins of the reliability diagram, by rising confidence; 1.0 is in the last one."""
    by_bin: dict[int, list[ScoredAnswer]] = {}
    for confidence, right in answers:
        by_bin.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return tuple(_bin(number / bins, (number + 1) / bins, by_bin[number]) for number in sorted(by_bin))


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the ECE: mean distance between confidence and accuracy, weighted by answers."""
    total = sum(bucket.count for bucket in bins)
    return sum(bucket.count * abs(bucket.confidence - bucket.accuracy) for bucket in bins) / total


def selective_accuracy(
    answers: Sequence[ScoredAnswer], coverages: Sequence[float] = COVERAGES
) -> tuple[SelectiveAccuracy, ...]:
    """Return the accuracy of the most confident answers at each coverage; ties count in part."""
    return tuple(SelectiveAccuracy(coverage, _accuracy_at(answers, coverage * len(answers))) for coverage in coverages)


def _bin(low: float, high: float, answers: Sequence[ScoredAnswer]) -> Bin:
    count = len(answers)
    mean = sum(confidence for confidence, _ in answers) / count
    return Bin(low, high, count, mean, sum(right for _, right in answers) / count)


def _accuracy_at(answers: Sequence[ScoredAnswer], count: float) -> float:
    """Return the expected accuracy of the `count` most confident answers over all orders of ties."""
    by_confidence: dict[float, list[bool]] = {}
    for confidence, is_right in answers:
        by_confidence.setdefault(confidence, []).append(is_right)
    used = right = 0.0
    for confidence in sorted(by_confidence, reverse=True):
        tied = by_confidence[confidence]
        part = min(len(tied), count - used)
        right += sum(tied) * part / len(tied)
        used += part
    return right / count
