from __future__ import annotations

import pytest

from subtext.errors import RequestInvalid
from subtext.evals.gates import Gate, Metric, failed_gates

FIGURES = [Metric("macro_f1", 0.6), Metric("ece", 0.08, "lower"), Metric("grounding_rate", None)]


def test_gates_are_read_from_one_line() -> None:
    assert Gate.parse("macro_f1=0.6, ece=0.08,") == (Gate("macro_f1", 0.6), Gate("ece", 0.08))


@pytest.mark.parametrize("written", ["macro_f1", "macro_f1=", "macro_f1=high", "=1,x"])
def test_what_is_no_gate_is_refused(written: str) -> None:
    with pytest.raises(RequestInvalid, match="is not a gate: write name=number"):
        Gate.parse(written)


@pytest.mark.parametrize(
    ("gate", "holds"),
    [("macro_f1=0.6", True), ("macro_f1=0.61", False), ("ece=0.08", True), ("ece=0.07", False)],
)
def test_a_gate_knows_which_way_is_better(gate: str, *, holds: bool) -> None:
    assert (failed_gates(Gate.parse(gate), FIGURES) == ()) is holds


def test_what_is_missed_says_what_was_wanted() -> None:
    found = failed_gates(Gate.parse("macro_f1=0.9,ece=0.01,grounding_rate=0.5"), FIGURES)

    assert [each.message for each in found] == [
        "macro_f1 should be at least 0.9, and it is 0.6000",
        "ece should be at most 0.01, and it is 0.0800",
        "grounding_rate should be at least 0.5, and it could not be measured",
    ]


def test_an_unknown_figure_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(RequestInvalid, match=r"no such figure in this run: f1; the figures are macro_f1, ece"):
        failed_gates(Gate.parse("f1=0.5"), FIGURES)
