"""Builders of evaluation reports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from subtext.evals.bootstrap_ci import Difference, Interval
from subtext.evals.counterfactuals import ChangeMetrics, CounterfactualMetrics
from subtext.evals.faithfulness import FaithfulnessMetrics
from subtext.evals.framing_metrics import framing_metrics
from subtext.evals.report import DatasetInfo, Report, SystemUnderTest
from subtext.evals.rouge import RougeScore, SummaryMetrics
from subtext.evals.run_comparison import Comparison
from subtext.evals.runner import Run
from tests.support.builders import AXIS
from tests.support.evals import outcome

if TYPE_CHECKING:
    from subtext.evals.results import CaseResult

ANSWERS = (
    outcome("desperation", "desperation", confidence=0.9, id_="right"),
    outcome("domination", "desperation", confidence=0.7, id_="sure and wrong"),
    outcome(None, "mixed", "neither", confidence=0.0, id_="silent", failure="engine_erred"),
)
SUBJECT = SystemUnderTest("1", "llm", "some model", "axis@1", "ab" * 32, "analysis@1", "cd" * 32)


def build_report(answers: tuple[CaseResult, ...] = ANSWERS) -> Report:
    """Return a report on these answers with framing metrics alone."""
    framing = framing_metrics(Run(answers, 3.0, None), AXIS)
    return Report(
        1, "2026-03-01T00:00:00Z", SUBJECT, (DatasetInfo("set.jsonl", "ef" * 32, 3),), framing, answers=answers
    )


def build_full_report() -> Report:
    """Return a report with every part in it."""
    gap = Difference(0.1, -0.05, 0.25, 0.2)
    scores = {"rouge1": 0.371, "rouge2": 0.163, "rougeL": 0.25}
    return replace(
        build_report(),
        counterfactuals=CounterfactualMetrics({"entities_swapped": ChangeMetrics("stays", 40, 40, 2, 1, 38)}),
        summaries=SummaryMetrics(3, 1, {"all": RougeScore(9, scores, scores)}),
        faithfulness=FaithfulnessMetrics(20, Interval(0.7, 0.6, 0.8), 0.9, 0.5, 0.81),
        comparison=Comparison("another run", 40, 9, 3, 0.1460, gap, gap),
    )
