"""A stem is found by all its forms, wherever they stand."""

from __future__ import annotations

from subtext.analysis.stems import StemTable
from subtext.domain.text.prepared import PreparedText

TABLE = StemTable(PreparedText("Fleets sail. The fleet sailed, and others sail other fleets."))


def test_a_stem_stands_where_any_of_its_forms_does_in_order() -> None:
    assert TABLE.positions("sail") == [1, 4, 7]
    assert TABLE.positions("fleet") == [0, 3, 9]


def test_function_words_carry_no_meaning_but_other_words_of_their_stem_do() -> None:
    assert TABLE.positions("other") == [6, 8]
    assert TABLE.telling_positions("other") == [6]


def test_a_stem_that_the_text_lacks_stands_nowhere() -> None:
    assert TABLE.positions("army") == TABLE.telling_positions("army") == []
