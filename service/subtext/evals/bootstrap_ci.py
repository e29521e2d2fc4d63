"""Resampling: how far a figure could have come out otherwise, and whether two runs really differ.

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
    """A figure with the bounds between which 95 % of its resamples fall."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first, with its interval, and how often chance alone would show as much (two-sided)."""

    value: float
    low: float
    high: float
    p_value: float


def bootstrap_interval(
    items: Sequence[T], figure: Callable[[Sequence[T]], float], *, seed: int = SEED, resamples: int = RESAMPLES
) -> Interval:
    """The figure of these items, and its 95 % interval."""
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
    """How much the figure differs between two runs over the same articles, each resample drawn for both."""

    def gap(items: Sequence[tuple[T, T]]) -> float:
        return figure([of_second for _, of_second in items]) - figure([of_first for of_first, _ in items])

    both = list(zip(first, second, strict=True))
    values = sorted(gap(sample) for sample in _samples(both, seed, resamples))
    below, above = sum(value <= 0 for value in values), sum(value >= 0 for value in values)
    # One added above and below: no finite number of resamples shows that a chance is nought.
    chance = min(1.0, 2 * (min(below, above) + 1) / (resamples + 1))
    return Difference(gap(both), *_bounds(values), chance)


def mcnemar(first_only: int, second_only: int) -> float:
    """How often chance alone would split the articles that just one run got right this unevenly (two-sided, exact)."""
    total = first_only + second_only
    tail = sum(comb(total, k) for k in range(min(first_only, second_only) + 1))
    return min(1.0, 2 * tail / (1 << total))


def _samples(items: Sequence[T], seed: int, resamples: int) -> list[list[T]]:
    draw = random.Random(seed)  # noqa: S311 - reproducible on purpose; nothing here is secret
    return [draw.choices(items, k=len(items)) for _ in range(resamples)]


def _bounds(ordered: Sequence[float]) -> tuple[float, float]:
    last = len(ordered) - 1
    tail = (1 - LEVEL) / 2
    return ordered[round(tail * last)], ordered[round((1 - tail) * last)]
