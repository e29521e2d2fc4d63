from __future__ import annotations

import pytest

from subtext.evals.framing_metrics import accuracy_at, framing_metrics
from subtext.evals.quote_metrics import QuoteTally
from subtext.evals.results import CaseCost
from subtext.evals.runner import Run
from subtext.evals.voice_metrics import VoiceTally
from tests.support.builders import AXIS
from tests.support.evals import outcome

OUTCOMES = (
    outcome("desperation", "desperation", confidence=0.9, author=("desperation", "mixed"), proposed=4, kept=3),
    outcome("domination", "mixed", "domination", confidence=0.9, author=("domination", "domination")),
    outcome("domination", "desperation", confidence=0.4, quotes=QuoteTally(4, 1, 2, 1, 2)),
    outcome(None, "neither", confidence=0.0, voices=VoiceTally(4, 2, 1)),
)


def test_a_run_in_figures() -> None:
    found = framing_metrics(Run(OUTCOMES, 8.0, None), AXIS)

    assert (found.articles, found.abstained, found.contested) == (4, 1, 1)
    assert found.accuracy.value == 0.5
    # desperation: hit once, missed once, 2/3; domination: hit once, given once too often, 2/3; neither: 0.
    assert found.macro_f1.value == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert found.confusion["desperation"]["domination"] == 1
    assert found.opposite_rate == 0.25
    assert found.author_accuracy == 0.5
    # Answered ones only: 0.9 and right twice, 0.4 and wrong.
    assert found.ece == pytest.approx((2 * 0.1 + 1 * 0.4) / 3)
    assert accuracy_at(found.selective, 0.5) == 1.0
    assert found.spent.articles_per_second == 0.5


def test_every_figure_has_a_name_of_its_own() -> None:
    figures = {figure.name: figure.value for figure in framing_metrics(Run(OUTCOMES, 8.0, None), AXIS).figures()}

    assert figures["evidence_recall"] == 0.25
    assert figures["evidence_sentence_precision"] == 1.0
    assert figures["voice_accuracy"] == 0.25
    assert figures["grounding_rate"] == 0.75
    assert figures["abstention_rate"] == 0.25
    assert figures["failure_rate"] == 0.0
    assert len(figures) == 14


def test_what_was_not_coded_has_no_figure() -> None:
    found = framing_metrics(Run((outcome("mixed", "mixed"),), 1.0, None), AXIS)

    assert (found.author_accuracy, found.grounding_rate, found.evidence.recall) == (None, None, None)


def test_effort_is_summed() -> None:
    efforts = (CaseCost(1.0, 100, 10, 0.01, "EUR"), CaseCost(3.0, 200, 20), CaseCost(8.0, 300, 30, 0.02, "EUR"))
    outcomes = tuple(outcome("mixed", "mixed", effort=effort) for effort in efforts)

    spent = framing_metrics(Run(outcomes, 12.0, None), AXIS).spent

    assert (spent.median_seconds, spent.input_tokens, spent.output_tokens) == (3.0, 600, 60)
    assert spent.cost == pytest.approx(0.03)
    assert spent.currency == "EUR"


def test_articles_of_a_kind_are_counted_together() -> None:
    trap = [outcome(given, "neither") for given in ("neither", "mixed")]
    found = framing_metrics(
        Run(tuple(type(o)(o.id, "trap", o.labels, o.predicted, 0.5) for o in trap), 1.0, None), AXIS
    )

    assert (found.by_kind["trap"].right, found.by_kind["trap"].count) == (1, 2)
