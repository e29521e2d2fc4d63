"""What the count of signs is worth, and what fitted weights would be.

`python -m benchmarks.faithfulness_weights FILE`.

FILE holds a JSON object a line: `text`, `summary`, `consistent` (0 or 1). Prints balanced accuracy of the count in
`subtext.analysis.faithfulness.checker`, on all documents and on each half of them; then of a logistic regression on
documents left out (each in turn; then each half of the documents by weights of the other half), and its weights on all
of them.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.checker import FaithfulnessChecker
from subtext.analysis.faithfulness.features import extract_features_all
from subtext.analysis.faithfulness.mismatch_features import FEATURE_NAMES, to_vector
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.text.prepared import PreparedText

if TYPE_CHECKING:
    from collections.abc import Iterator

PENALTY, STEPS, RATE = 0.05, 200, 0.8


def fit(rows: list[list[float]], labels: list[int]) -> list[float]:
    """Bias and weights of a logistic regression, both classes weighing the same; no sign may speak for a statement."""
    scale = [math.sqrt(sum(row[j] ** 2 for row in rows) / len(rows)) or 1.0 for j in range(len(FEATURE_NAMES))]
    scaled = [[1.0, *(value / size for value, size in zip(row, scale, strict=True))] for row in rows]
    share = sum(labels) / len(labels)
    weights = [0.0] * (1 + len(FEATURE_NAMES))
    for _ in range(STEPS):
        gradient = [PENALTY * weight for weight in weights]
        gradient[0] = 0.0
        for row, label in zip(scaled, labels, strict=True):
            chance = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, row, strict=True))))
            error = (chance - label) / (2 * len(rows) * (share if label else 1 - share))
            for j, value in enumerate(row):
                gradient[j] += error * value
        weights = [w - RATE * g for w, g in zip(weights, gradient, strict=True)]
        weights[1:] = [min(0.0, weight) for weight in weights[1:]]
    return [weights[0], *(weight / size for weight, size in zip(weights[1:], scale, strict=True))]


def balanced_accuracy(guesses: list[bool], labels: list[int]) -> float:
    """Return the mean of the shares of right guesses in each class."""
    rates = []
    for label in (0, 1):
        hits = [guess == bool(label) for guess, real in zip(guesses, labels, strict=True) if real == label]
        rates.append(sum(hits) / len(hits))
    return sum(rates) / 2


def cross_validate(rows: list[list[float]], labels: list[int], folds: list[int]) -> list[bool]:
    """Guess every row with weights that were fitted on the other folds."""
    guesses = [False] * len(rows)
    for fold in sorted(set(folds)):
        inside = [i for i, own in enumerate(folds) if own != fold]
        weights = fit([rows[i] for i in inside], [labels[i] for i in inside])
        for i, own in enumerate(folds):
            if own == fold:
                guesses[i] = weights[0] + sum(w * x for w, x in zip(weights[1:], rows[i], strict=True)) > 0
    return guesses


def report_halves(how: str, guesses: list[bool], labels: list[int], halves: list[int]) -> Iterator[str]:
    """Yield a line for each half of the documents."""
    for half in (0, 1):
        inside = [i for i, mine in enumerate(halves) if mine == half]
        yield f"{how}, half {half}: {balanced_accuracy([guesses[i] for i in inside], [labels[i] for i in inside]):.3f}"


def report(path: str) -> Iterator[str]:
    """Yield the lines that are printed."""
    entries = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    documents = list(dict.fromkeys(entry["text"] for entry in entries))
    articles = {text: TokenizedText(PreparedText(text)) for text in documents}
    rows = [list(to_vector(extract_features_all(entry["summary"], articles[entry["text"]]))) for entry in entries]
    labels = [entry["consistent"] for entry in entries]
    own = [documents.index(entry["text"]) for entry in entries]
    halves = [number % 2 for number in own]
    counts = [FaithfulnessChecker(PreparedText(entry["text"])).score(entry["summary"]) > 0 for entry in entries]
    yield f"counted: {balanced_accuracy(counts, labels):.3f}"
    yield from report_halves("counted", counts, labels, halves)
    yield f"fitted, each document left out: {balanced_accuracy(cross_validate(rows, labels, own), labels):.3f}"
    yield from report_halves("fitted on the other half", cross_validate(rows, labels, halves), labels, halves)
    weights = fit(rows, labels)
    yield f"bias {weights[0]:.2f}"
    for name, weight in zip(FEATURE_NAMES, weights[1:], strict=True):
        yield f"{name} {weight:.2f}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(sys.argv[1]))
