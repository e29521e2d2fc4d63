"""Repairs: count what was put right in the form of a model's answers, for machines and in words."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, get_args

from subtext.domain.analysis import Repair, RepairKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Tally = Counter[RepairKind]

_KINDS: tuple[RepairKind, ...] = get_args(RepairKind)

_WORDS: Mapping[RepairKind, str] = {
    "syntax": "JSON with faults of punctuation",
    "read_from_reasoning": "answers that stood in the model's reasoning",
    "read_from_tool_call": "answers that stood in a tool call",
    "unwrapped": "objects or lists around the answer, taken off",
    "field_dropped": "fields that the schema does not have, left out",
    "field_defaulted": "optional fields that were missing or unreadable, left empty",
    "spelling_matched": "words in another spelling, matched",
    "indicator_dropped": "indicators that are not of the pole, left out",
    "number_converted": "numbers in another notation, converted",
    "shape_fitted": "values in another shape, fitted",
    "entry_dropped": "entries that cannot be read, left out",
    "list_cut": "entries beyond the length of a list, left out",
    "text_cut": "texts beyond their length, cut",
}


def to_repairs(tally: Mapping[RepairKind, int]) -> tuple[Repair, ...]:
    """Return the repairs of a tally in the order in which the kinds are listed."""
    return tuple(Repair(kind, tally[kind]) for kind in _KINDS if tally.get(kind)) if tally else ()


def sum_repairs(groups: Iterable[Iterable[Repair]]) -> tuple[Repair, ...]:
    """Add up the repairs of several answers, kind by kind."""
    total = Tally()
    for repair in chain.from_iterable(groups):
        total[repair.kind] += repair.count
    return to_repairs(total)


def describe_repairs(repairs: Iterable[Repair]) -> str:
    """Return a sentence for people that says what was put right and how often."""
    listed = "; ".join(f"{_WORDS[repair.kind]}: {repair.count}" for repair in repairs)
    return f"the form of the model's answer was put right, and no claim was added to it ({listed})"
