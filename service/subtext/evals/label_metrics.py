"""Agreement: how often the labels are right, and in which way they are wrong.

Pure functions of (gold, predicted) pairs. `predicted` is None where no label was given: that is never right, and no
label's false positive.

Calibration: whether a confidence of 0.8 is right in 80 of 100 articles, and what is left when unsure answers go.

Pure functions of (confidence, right) pairs. Expected calibration error over equal bins: Guo et al. 2017,
arXiv 1706.04599; selective accuracy: Geifman and El-Yaniv 2017, arXiv 1705.08500.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Pair = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label (0-1), and how many articles have it."""

    precision: float
    recall: float
    f1: float
    support: int


def resolve_gold(labels: Sequence[str], predicted: str | None) -> str:
    """The gold label to count against: where coders did not agree, the one that was hit, else the first."""
    return predicted if predicted is not None and predicted in labels else labels[0]


def accuracy(pairs: Sequence[Pair]) -> float:
    """The share of right labels."""
    return sum(gold == predicted for gold, predicted in pairs) / len(pairs)


def confusion(pairs: Sequence[Pair], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by gold label, then by predicted label; `none` counts the articles left without one."""
    counts = Counter(pairs)
    columns: tuple[str | None, ...] = (*labels, None)
    return {gold: {column or "none": counts[gold, column] for column in columns} for gold in labels}


def scores_by_label(pairs: Sequence[Pair]) -> dict[str, LabelScore]:
    """Scores of every label that is either gold or predicted somewhere, in alphabetical order."""
    return _scores(Counter(pairs))


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of the labels' F1, each label weighing the same however rare it is."""
    scores = scores_by_label(pairs)
    return sum(score.f1 for score in scores.values()) / len(scores)


def opposite_rate(pairs: Sequence[Pair], poles: tuple[str, str]) -> float:
    """The share of all articles in which one pole was taken for the other."""
    return sum({gold, predicted} == set(poles) for gold, predicted in pairs) / len(pairs)


def _scores(counts: Mapping[Pair, int]) -> dict[str, LabelScore]:
    gold: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for (right, given), count in counts.items():
        gold[right] += count
        if given is not None:
            predicted[given] += count
    return {
        label: _score(counts.get((label, label), 0), predicted[label], gold[label])
        for label in sorted({*gold, *predicted})
    }


def _score(hits: int, predicted: int, support: int) -> LabelScore:
    precision = hits / predicted if predicted else 0.0
    recall = hits / support if support else 0.0
    return LabelScore(precision, recall, 2 * hits / (predicted + support), support)


ScoredAnswer = tuple[float, bool]

BINS = 10

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence lies in [low, high): their number, mean confidence and share of right ones."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class SelectiveAccuracy:
    """The accuracy of the surest answers, where these are `coverage` of all articles."""

    coverage: float
    accuracy: float


def reliability(answers: Sequence[ScoredAnswer], bins: int = BINS) -> tuple[Bin, ...]:
    """The bins that hold any answer, by rising confidence; 1.0 belongs to the last one."""
    inside: dict[int, list[ScoredAnswer]] = {}
    for confidence, right in answers:
        inside.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return tuple(_bin(number / bins, (number + 1) / bins, inside[number]) for number in sorted(inside))


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance between confidence and accuracy, each bin weighed by its answers (ECE)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / total


def selective_accuracy(
    answers: Sequence[ScoredAnswer], coverages: Sequence[float] = COVERAGES
) -> tuple[SelectiveAccuracy, ...]:
    """The accuracy of the surest answers at each coverage; of equally sure ones each counts in part."""
    return tuple(SelectiveAccuracy(coverage, _accuracy_at(answers, coverage * len(answers))) for coverage in coverages)


def _bin(low: float, high: float, answers: Sequence[ScoredAnswer]) -> Bin:
    count = len(answers)
    mean = sum(confidence for confidence, _ in answers) / count
    return Bin(low, high, count, mean, sum(right for _, right in answers) / count)


def _accuracy_at(answers: Sequence[ScoredAnswer], wanted: float) -> float:
    """The expected share of right answers among the `wanted` surest, however ties are broken."""
    by_confidence: dict[float, list[bool]] = {}
    for confidence, right in answers:
        by_confidence.setdefault(confidence, []).append(right)
    taken = right_ones = 0.0
    for confidence in sorted(by_confidence, reverse=True):
        tied = by_confidence[confidence]
        part = min(len(tied), wanted - taken)
        right_ones += sum(tied) * part / len(tied)
        taken += part
    return right_ones / wanted
