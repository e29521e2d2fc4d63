from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from subtext.cli.eval_report import print_report
from subtext.cli.terminal import console
from subtext.evals.report import DatasetInfo, Report
from subtext.evals.results import CaseCost
from tests.support.eval_reports import SUBJECT, build_full_report, build_report
from tests.support.evals import outcome

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[Report], str]:
    """What a person at a terminal sees of a report, runs of blanks as one."""

    def show_it(report: Report) -> str:
        print_report(report, console())
        return re.sub(" +", " ", capsys.readouterr().out)

    return show_it


@pytest.mark.parametrize(
    "expected",
    [
        "llm engine, some model, on axis@1",
        "set.jsonl: 3 rows, sha256 efefefefefef",
        "3, 1 with two right labels",
        "accuracy 0.333 (95 %: ",
        "0; without an answer: 1 engine_erred",
        "desperation 1 1 0 0 0",
        "33.3% of 100%",
        "entities swapped 40 2 1 40 38 stays",
        "37.1 / 16.3 / 25.0",
        "90.0% of the consistent",
        "Against another run",
        "p = 0.1460",
        "+0.100 (95 %: -0.050 to +0.250), p = 0.2000",
    ],
)
def test_a_report_is_told_with_every_part(expected: str, printed: Callable[[Report], str]) -> None:
    assert expected in printed(build_full_report())


def test_what_was_not_measured_is_a_dash_and_what_was_not_asked_is_left_out(printed: Callable[[Report], str]) -> None:
    shown = printed(build_report())

    assert "cost –" in shown
    assert "Counterfactuals" not in shown
    assert printed(Report(1, "now", None, ())) == ""


def test_a_price_is_told_with_its_currency(printed: Callable[[Report], str]) -> None:
    paid = outcome("mixed", "mixed", effort=CaseCost(2.0, 1500, 20, 0.0123, "EUR"))

    shown = printed(build_report((paid,)))

    assert "1,500 in, 20 out" in shown
    assert "0.0123 EUR" in shown


def test_foreign_words_do_not_steer_the_terminal(printed: Callable[[Report], str]) -> None:
    hostile = "\x1b[31mred\x07"
    report = replace(
        build_full_report(), subject=replace(SUBJECT, model=hostile), sets=(DatasetInfo(hostile, "ef" * 32, 1),)
    )

    assert "\x1b" not in printed(report)
