"""Reports with every part in them, for whoever shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evals.lab import outcome
from making import AXIS
from subtext.evals.comparing import Comparison
from subtext.evals.counterfactuals import ChangeMeasures, CounterfactualMeasures
from subtext.evals.faithfulness import FaithfulnessMeasures
from subtext.evals.framing import measured
from subtext.evals.report import Report, SetUsed, Subject
from subtext.evals.resampling import Difference, Interval
from subtext.evals.running import Run
from subtext.evals.summaries import RougeScore, SummaryMeasures

if TYPE_CHECKING:
    from subtext.evals.outcomes import Outcome

ANSWERS = (
    outcome("desperation", "desperation", confidence=0.9, id_="right"),
    outcome("domination", "desperation", confidence=0.7, id_="sure and wrong"),
    outcome(None, "mixed", "neither", confidence=0.0, id_="silent", failure="engine_erred"),
)
SUBJECT = Subject("1", "llm", "some model", "axis@1", "ab" * 32, "analysis@1", "cd" * 32)


def report_of(answers: tuple[Outcome, ...] = ANSWERS) -> Report:
    framing = measured(Run(answers, 3.0, None), AXIS)
    return Report(1, "2026-03-01T00:00:00Z", SUBJECT, (SetUsed("set.jsonl", "ef" * 32, 3),), framing, answers=answers)


def full() -> Report:
    gap = Difference(0.1, -0.05, 0.25, 0.2)
    scores = {"rouge1": 0.371, "rouge2": 0.163, "rougeL": 0.25}
    return replace(
        report_of(),
        counterfactuals=CounterfactualMeasures({"entities_swapped": ChangeMeasures("stays", 40, 40, 2, 1, 38)}),
        summaries=SummaryMeasures(3, 1, {"all": RougeScore(9, scores, scores)}),
        faithfulness=FaithfulnessMeasures(20, Interval(0.7, 0.6, 0.8), 0.9, 0.5, 0.81),
        comparison=Comparison("another run", 40, 9, 3, 0.1460, gap, gap),
    )
