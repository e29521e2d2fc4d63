"""Meanings: which words say the same, and which turn a statement round.

A short list for news English, kept as text beside this file; a word that is not in it only equals itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from subtext.analyst.stems import stem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_PREFIXES = ("un", "in", "im", "dis", "ir", "il", "non", "non-")
_PREFIXED_MIN = 4


@dataclass(frozen=True, slots=True)
class Meanings:
    """Groups of synonyms by stem, and opposites by stem."""

    groups: dict[str, frozenset[int]]
    opposites: dict[str, frozenset[str]]

    def groups_of(self, items: Iterable[str]) -> frozenset[int]:
        """The groups of synonyms that the stems belong to."""
        return frozenset(number for item in items for number in self.groups.get(item, ()))

    def contrary(self, item: str, others: AbstractSet[str]) -> bool:
        """Whether the opposite of a stem is among others."""
        return not self.opposites.get(item, frozenset()).isdisjoint(others)


class Vocabulary:
    """The stems of a text, and with them every word that says the same as one of them."""

    def __init__(self, stems: Iterable[str]) -> None:
        self.stems = frozenset(stems)
        self._groups = meanings().groups_of(self.stems)

    def has(self, item: str) -> bool:
        """Whether a stem, or a word for the same, is among them."""
        return item in self.stems or not self._groups.isdisjoint(meanings().groups.get(item, ()))


def negated_form(item: str, others: AbstractSet[str]) -> bool:
    """Whether a stem is another with a prefix of negation, or the other way round: `known` and `unknown`."""
    if any(prefix + item in others for prefix in _PREFIXES if len(item) >= _PREFIXED_MIN):
        return True
    bare = (item.removeprefix(prefix) for prefix in _PREFIXES if item.startswith(prefix))
    return any(rest in others for rest in bare if len(rest) >= _PREFIXED_MIN)


@lru_cache(maxsize=1)
def meanings() -> Meanings:
    """The list that is shipped."""
    text = files("subtext.analyst").joinpath("meanings.txt").read_text("utf-8")
    synonyms, _, opposites = text.partition("\n---\n")
    return Meanings(_groups(synonyms), _opposites(opposites))


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _groups(text: str) -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(_lines(text)):
        for word in line.split():
            groups.setdefault(stem(word), set()).add(number)
    return {item: frozenset(numbers) for item, numbers in groups.items()}


def _opposites(text: str) -> dict[str, frozenset[str]]:
    opposites: dict[str, set[str]] = {}
    for line in _lines(text):
        left, right = ({stem(word) for word in side.split()} for side in line.split("|"))
        for one, other in ((left, right), (right, left)):
            for item in one:
                opposites.setdefault(item, set()).update(other)
    return {item: frozenset(others) for item, others in opposites.items()}
