from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from subtext.evals.label_metrics import accuracy, confusion, macro_f1, opposite_rate, resolve_gold, scores_by_label

if TYPE_CHECKING:
    from subtext.evals.label_metrics import Pair

POLES = ("desperation", "domination")
LABELS = (*POLES, "mixed", "neither")
# By hand: desperation is hit twice of three, and given once where it is wrong; domination is hit once of two.
PAIRS: list[Pair] = [
    ("desperation", "desperation"),
    ("desperation", "desperation"),
    ("desperation", "domination"),
    ("domination", "domination"),
    ("domination", None),
    ("neither", "desperation"),
]


def test_accuracy_counts_an_abstention_as_wrong() -> None:
    assert accuracy(PAIRS) == 3 / 6


def test_scores_of_each_label() -> None:
    scores = scores_by_label(PAIRS)

    assert list(scores) == ["desperation", "domination", "neither"]
    assert (scores["desperation"].precision, scores["desperation"].recall) == (2 / 3, 2 / 3)
    assert scores["desperation"].f1 == pytest.approx(2 / 3)
    assert (scores["domination"].precision, scores["domination"].recall) == (1 / 2, 1 / 2)
    assert scores["neither"].f1 == 0.0
    assert [score.support for score in scores.values()] == [3, 2, 1]


def test_macro_f1_is_the_mean_over_the_labels_that_occur() -> None:
    assert macro_f1(PAIRS) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_the_confusion_has_a_column_for_no_label() -> None:
    table = confusion(PAIRS, LABELS)

    assert table["desperation"] == {"desperation": 2, "domination": 1, "mixed": 0, "neither": 0, "none": 0}
    assert table["domination"]["none"] == 1
    assert sum(table["mixed"].values()) == 0


def test_only_one_pole_for_the_other_is_opposite() -> None:
    assert opposite_rate([*PAIRS, ("domination", "desperation"), ("mixed", "domination")], POLES) == 2 / 8


@pytest.mark.parametrize(
    ("predicted", "gold"), [("mixed", "mixed"), ("domination", "domination"), ("neither", "mixed"), (None, "mixed")]
)
def test_where_coders_differ_either_label_is_right(predicted: str | None, gold: str) -> None:
    assert resolve_gold(("mixed", "domination"), predicted) == gold


def test_scikit_learn_finds_the_same() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: nothing to compare with")
    draw = random.Random(7)  # noqa: S311 - the same cases every time
    for _ in range(50):
        pairs = [(draw.choice(LABELS), draw.choice(LABELS)) for _ in range(draw.randint(1, 40))]
        gold, given = zip(*pairs, strict=True)
        expected = metrics.f1_score(gold, given, average="macro", zero_division=0)

        assert macro_f1(pairs) == pytest.approx(expected)
        assert accuracy(pairs) == pytest.approx(metrics.accuracy_score(gold, given))
