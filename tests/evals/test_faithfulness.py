from __future__ import annotations

from subtext.evals.dataset import read_rows
from subtext.evals.faithfulness import FaithfulnessRow, auc, balanced_accuracy, faithfulness_metrics, recall
from tests.support.requirements import SHARED_DATA, require_or_skip

TEXT = "The council met on Monday. It voted to close the harbour, by seven votes to two. The mayor was not there."


def row(summary: str, *, consistent: bool) -> FaithfulnessRow:
    return FaithfulnessRow(id=summary, text=TEXT, summary=summary, consistent=consistent)


def test_both_kinds_weigh_the_same() -> None:
    judged = [(True, 1.0), (True, 0.5), (True, 2.0), (True, -1.0), (False, 0.1)]

    assert (recall(judged, of=True), recall(judged, of=False)) == (0.75, 0.0)
    assert balanced_accuracy(judged) == 0.375


def test_of_one_kind_alone_there_is_one_recall_and_no_curve() -> None:
    assert balanced_accuracy([(False, -1.0), (False, 1.0)]) == 0.5
    assert recall([(False, -1.0)], of=True) is None
    assert auc([(False, -1.0)]) is None


def test_the_area_counts_pairs_in_order_and_ties_by_half() -> None:
    assert auc([(True, 2.0), (True, 1.0), (False, 1.0), (False, 0.0)]) == (1 + 1 + 0.5 + 1) / 4


def test_the_check_tells_a_true_summary_from_a_false_one() -> None:
    rows = [
        row("The council met on Monday.", consistent=True),
        row("It voted to close the harbour, by ninety votes to forty.", consistent=False),
    ]

    found = faithfulness_metrics(rows)

    assert (found.summaries, found.consistent, found.inconsistent, found.auc) == (2, 1.0, 1.0, 1.0)
    assert found.balanced_accuracy.value == 1.0


def test_real_rows_are_taken_as_they_are() -> None:
    path = SHARED_DATA / "summaries" / "faithfulness.jsonl"
    require_or_skip("data", present=path.exists(), why="the measuring data beside the checkout is missing")

    rows = read_rows(path, FaithfulnessRow)

    assert {row.consistent for row in rows} == {True, False}
