from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.evals.counterfactuals import CHANGES, count_changes, counterfactual_metrics
from tests.support.builders import AXIS
from tests.support.evals import case, outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.evals.counterfactuals import Expectation
    from subtext.evals.dataset import LabeledArticle
    from subtext.evals.results import CaseResult

NEGATIVE, POSITIVE = "desperation", "domination"


def answered(label: str | None, author: str | None = None) -> CaseResult:
    return outcome(label, NEGATIVE, author=None if author is None else (NEGATIVE, author))


PAIRS = [
    (answered(NEGATIVE, NEGATIVE), answered(NEGATIVE, "neither")),
    (answered(NEGATIVE, NEGATIVE), answered(POSITIVE, NEGATIVE)),
    (answered("mixed", "mixed"), answered("neither", "neither")),
    (answered(POSITIVE), answered(None)),
]


@pytest.mark.parametrize(
    ("wanted", "able", "as_wanted"), [("stays", 4, 1), ("turns", 3, 1), ("author_leaves", 2, 1), ("neither", 4, 1)]
)
def test_pairs_are_counted_by_what_is_wanted(wanted: Expectation, able: int, as_wanted: int) -> None:
    found = count_changes(PAIRS, AXIS, wanted)

    assert (found.pairs, found.moved, found.turned) == (4, 3, 1)
    assert (found.able, found.as_wanted) == (able, as_wanted)


async def test_every_change_is_asked_about_and_has_its_figure() -> None:
    asked: list[list[str | None]] = []

    async def ask_all(change: str, cases: Sequence[LabeledArticle]) -> Sequence[CaseResult]:
        asked.append([each.target for each in cases])
        return [outcome(POSITIVE if each.target == "Castell" else NEGATIVE, NEGATIVE, id_=each.id) for each in cases]

    cases = [case("a", rival="Castell"), case("b", label="mixed")]
    before = [outcome(NEGATIVE, NEGATIVE, id_="a"), outcome("mixed", "mixed", id_="b")]

    found = await counterfactual_metrics(cases, before, AXIS, ask_all)

    figures = {figure.name: (figure.value, figure.better) for figure in found.figures()}
    assert list(found.by_change) == list(CHANGES)
    assert ["Castell"] in asked
    assert figures["sides_swapped_turns"] == (1.0, "higher")
    assert figures["injected_label_moved"] == (0.5, "lower")
    assert figures["no_frame_neither"] == (0.0, "higher")
    # Nothing of these articles is coded as the author's: there is nothing to put into another mouth.
    assert figures["attribution_flipped_author_leaves"] == (None, "higher")


async def test_what_failed_moved_no_label() -> None:
    async def ask_all(change: str, cases: Sequence[LabeledArticle]) -> Sequence[CaseResult]:
        assert [each.id for each in cases] == ["a", "c"]
        return [
            outcome(NEGATIVE, NEGATIVE, id_="a"),
            outcome(None, NEGATIVE, id_="c", failure="engine_timed_out"),
        ]

    cases = [case("a"), case("b"), case("c")]
    before = [
        outcome(NEGATIVE, NEGATIVE, id_="a"),
        outcome(None, NEGATIVE, id_="b", failure="text_refused"),
        outcome(NEGATIVE, NEGATIVE, id_="c"),
    ]

    found = await counterfactual_metrics(cases, before, AXIS, ask_all)

    injected = found.by_change["injected_label"]
    assert (injected.pairs, injected.moved) == (1, 0)
