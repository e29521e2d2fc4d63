"""Calibration: whether a confidence of 0.8 is right in 80 of 100 articles, and what is left when unsure answers go.

Pure functions of (confidence, right) pairs. Expected calibration error over equal bins: Guo et al. 2017,
arXiv 1706.04599; selective accuracy: Geifman and El-Yaniv 2017, arXiv 1705.08500.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Answer = tuple[float, bool]
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
class Selective:
    """The accuracy of the surest answers, where these are `coverage` of all articles."""

    coverage: float
    accuracy: float


def reliability(answers: Sequence[Answer], bins: int = BINS) -> tuple[Bin, ...]:
    """The bins that hold any answer, by rising confidence; 1.0 belongs to the last one."""
    inside: dict[int, list[Answer]] = {}
    for confidence, right in answers:
        inside.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return tuple(_bin(number / bins, (number + 1) / bins, inside[number]) for number in sorted(inside))


def expected_error(bins: Sequence[Bin]) -> float:
    """The mean distance between confidence and accuracy, each bin weighed by its answers (ECE)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / total


def selective(answers: Sequence[Answer], coverages: Sequence[float] = COVERAGES) -> tuple[Selective, ...]:
    """The accuracy of the surest answers at each coverage; of equally sure ones each counts in part."""
    return tuple(Selective(coverage, _accuracy_at(answers, coverage * len(answers))) for coverage in coverages)


def _bin(low: float, high: float, answers: Sequence[Answer]) -> Bin:
    count = len(answers)
    mean = sum(confidence for confidence, _ in answers) / count
    return Bin(low, high, count, mean, sum(right for _, right in answers) / count)


def _accuracy_at(answers: Sequence[Answer], wanted: float) -> float:
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
