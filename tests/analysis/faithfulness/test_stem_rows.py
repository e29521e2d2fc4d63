from __future__ import annotations

from array import array

import pytest

from subtext.analysis.faithfulness.stem_rows import NumberRows, StemRows, to_little_endian

ROWS = [[3, 65_535], [], [0]]


def test_rows_come_back_as_they_were_packed() -> None:
    rows = NumberRows.from_bytes(NumberRows.pack(ROWS).to_bytes())

    assert [list(rows[position]) for position in range(len(ROWS))] == ROWS


@pytest.mark.parametrize("number", [-1, 65_536])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        NumberRows.pack([[number]])


def test_the_bytes_are_the_same_on_every_machine() -> None:
    little, big = (to_little_endian(array("H", [1]), order) for order in ("little", "big"))

    assert (list(little), list(big)) == ([1], [256])


def test_a_stem_without_numbers_is_in_no_row() -> None:
    rows = StemRows(["none", "one"], NumberRows.pack([[], [1]]))

    assert ("one" in rows, "none" in rows, "other" in rows) == (True, False, False)
    # Before the first stem, between two, and behind the last.
    assert [list(rows.get(stem)) for stem in ("one", "none", "a", "object", "other")] == [[1], [], [], [], []]
