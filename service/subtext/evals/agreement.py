"""Agreement: how often the labels are right, and in which way they are wrong.

Pure functions of (gold, predicted) pairs. `predicted` is None where no label was given: that is never right, and no
label's false positive.
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


def settled(labels: Sequence[str], predicted: str | None) -> str:
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
