"""Compute bootstrap confidence intervals and significance tests of figures.

Pure and seeded: the same pairs give the same intervals. Percentile bootstrap (Efron and Tibshirani 1993, chapter 13),
paired bootstrap (Berg-Kirkpatrick et al. 2012) and the exact McNemar test (Dietterich 1998).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
SEED = 20260301
RESAMPLES = 2_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Second figure minus the first, with its 95 % interval and two-sided p-value."""

    value: float
    low: float
    high: float
    p_value: float


def bootstrap_interval(
    items: Sequence[T], figure: Callable[[Sequence[T]], float], *, seed: int = SEED, resamples: int = RESAMPLES
) -> Interval:
    """Return the figure of these items with its percentile bootstrap interval."""
    values = sorted(figure(sample) for sample in _samples(items, seed, resamples))
    return Interval(figure(items), *_bounds(values))


def paired_bootstrap(
    first: Sequence[T],
    second: Sequence[T],
    figure: Callable[[Sequence[T]], float],
    *,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference of a figure between two runs over the same articles, resampled in pairs."""

    def difference(items: Sequence[tuple[T, T]]) -> float:
        return figure([of_second for _, of_second in items]) - figure([of_first for of_first, _ in items])

    pairs = list(zip(first, second, strict=True))
    values = sorted(difference(sample) for sample in _samples(pairs, seed, resamples))
    below, above = sum(value <= 0 for value in values), sum(value >= 0 for value in values)
    # Add-one correction: a finite number of resamples cannot give a p-value of zero.
    p_value = min(1.0, 2 * (min(below, above) + 1) / (resamples + 1))
    return Difference(difference(pairs), *_bounds(values), p_value)


def mcnemar(first_only: int, second_only: int) -> float:
    """Return the p-value of the exact McNemar test (two-sided) from the articles that only one run got right."""
    total = first_only + second_only
    tail = sum(comb(total, k) for k in range(min(first_only, second_only) + 1))
    return min(1.0, 2 * tail / (1 << total))


def _samples(items: Sequence[T], seed: int, resamples: int) -> list[list[T]]:
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose; nothing here is secret
    return [draw.choices(items, k=len(items)) for _ in range(resamples)]


def _bounds(sorted_values: Sequence[float]) -> tuple[float, float]:
    last = len(sorted_values) - 1
    tail = (1 - LEVEL) / 2
    return sorted_values[round(tail * last)], sorted_values[round((1 - tail) * last)]
