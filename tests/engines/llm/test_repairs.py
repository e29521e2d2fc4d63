from __future__ import annotations

from typing import get_args

from subtext.domain.analysis import Repair, RepairKind
from subtext.engines.llm.repairs import Tally, describe_repairs, sum_repairs, to_repairs


def test_kinds_are_listed_in_one_order_and_none_that_did_not_occur() -> None:
    tally = Tally({"text_cut": 1, "syntax": 2, "list_cut": 0})

    assert to_repairs(tally) == (Repair("syntax", 2), Repair("text_cut", 1))


def test_repairs_of_several_answers_add_up() -> None:
    first, second = (Repair("syntax", 1), Repair("list_cut", 2)), (Repair("list_cut", 3),)

    assert sum_repairs((first, (), second)) == (Repair("syntax", 1), Repair("list_cut", 5))


def test_every_kind_is_described_with_its_count() -> None:
    kinds: tuple[RepairKind, ...] = get_args(RepairKind)

    for count, kind in enumerate(kinds, 1):
        assert describe_repairs([Repair(kind, count)]).endswith(f": {count})")
