"""Markers are counted in the text of a sentence, and looked for in its words first."""

from __future__ import annotations

import pytest

from subtext.analysis.faithfulness.markers import HEDGE, NEGATION
from subtext.analysis.faithfulness.token import tokenize


@pytest.mark.parametrize(
    ("text", "positions", "count"),
    [
        ("The fleet left.", [], 0),
        ("Nobody saw it, and it didn’t pay.", [0, 5], 2),
        ("It is not only weak.", [2], 0),
        ("It is a no-show without an army.", [3, 4], 2),
        ("It failed and was unable to.", [1, 4], 2),
        ("A note of nothingness.", [], 0),
    ],
)
def test_negations(text: str, positions: list[int], count: int) -> None:
    (sentence,) = tokenize(text)

    assert NEGATION.positions(sentence) == positions
    assert NEGATION.count_in(sentence) == count
    assert NEGATION.is_in(sentence) == (count > 0)


def test_hedges() -> None:
    (sentence,) = tokenize("It may have allegedly threatened them.")

    assert HEDGE.count_in(sentence) == 3
    assert HEDGE.is_word("possibly")
    assert not HEDGE.is_word("mayor")
