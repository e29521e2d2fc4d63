"""Thesaurus: which words say the same, which say it more broadly, and which turn a statement round.

Two lists of English words, kept as text beside this file: `wordnet.txt` comes from WordNet 3.0 (Princeton University;
`training/wordnet.py` makes it), `synonyms.txt` adds by hand what news uses. A word that is in neither only equals
itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_PREFIXES = ("un", "in", "im", "dis", "ir", "il", "non", "non-")
_PREFIXED_MIN = 4
_NONE: list[int] = []


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """By stem: the groups of synonyms, the groups that are one step broader, and the sides of pairs of opposites.

    Side n of a pair is opposite to side -n. `words` are the stems of words that are no names, `others` those of them
    that are mostly no nouns.
    """

    groups: dict[str, list[int]]
    broader: dict[str, list[int]]
    sides: dict[str, list[int]]
    words: frozenset[str]
    others: frozenset[str]

    def groups_of(self, items: Iterable[str]) -> frozenset[int]:
        """Return the groups of synonyms that the stems belong to."""
        return frozenset(chain.from_iterable([self.groups.get(item, _NONE) for item in items]))

    def has_antonym_in(self, item: str, others: AbstractSet[str]) -> bool:
        """Return whether the opposite of a stem is among others, and no word for the same."""
        sides = self.sides.get(item)
        if sides is None or not others:
            return False
        opposite = frozenset([-side for side in sides])
        if opposite.isdisjoint(chain.from_iterable([self.sides.get(other, _NONE) for other in others])):
            return False
        return self.groups_of(others).isdisjoint(self.groups.get(item, _NONE))


class Vocabulary:
    """The stems of a text, and with them every word that says the same as one of them."""

    def __init__(self, stems: Iterable[str]) -> None:
        self.stems = frozenset(stems)

    def covers(self, item: str) -> bool:
        """Tell whether a stem, or a synonym of it, is among them."""
        return item in self.stems or not self.stems.isdisjoint(_synonyms(item))

    def is_related(self, item: str) -> bool:
        """Tell whether a stem, or a word that says the same more broadly or more narrowly, is among them."""
        return self.covers(item) or not self.stems.isdisjoint(_broader_and_narrower(item))


@lru_cache(maxsize=8_192)
def _synonyms(item: str) -> frozenset[str]:
    """Return the stems that share a group with one."""
    return frozenset(chain.from_iterable([_members()[group] for group in load_thesaurus().groups.get(item, _NONE)]))


@lru_cache(maxsize=8_192)
def _broader_and_narrower(item: str) -> frozenset[str]:
    """Return the stems of the groups one step broader than a stem, and those that its own groups are broader than."""
    thesaurus = load_thesaurus()
    broader = [_members().get(group, ()) for group in thesaurus.broader.get(item, _NONE)]
    narrower = [_narrower().get(group, ()) for group in thesaurus.groups.get(item, _NONE)]
    return frozenset(chain.from_iterable(broader + narrower))


@lru_cache(maxsize=1)
def _members() -> dict[int, list[str]]:
    return _by_group(load_thesaurus().groups)


@lru_cache(maxsize=1)
def _narrower() -> dict[int, list[str]]:
    return _by_group(load_thesaurus().broader)


def _by_group(groups: dict[str, list[int]]) -> dict[int, list[str]]:
    members: dict[int, list[str]] = {}
    for item, numbers in groups.items():
        for number in numbers:
            members.setdefault(number, []).append(item)
    return members


def is_negated_form_of(item: str, others: AbstractSet[str]) -> bool:
    """Tell whether a stem is another with a prefix of negation, or the other way round: `known` and `unknown`."""
    if any(prefix + item in others for prefix in _PREFIXES if len(item) >= _PREFIXED_MIN):
        return True
    bare = (item.removeprefix(prefix) for prefix in _PREFIXES if item.startswith(prefix))
    return any(rest in others for rest in bare if len(rest) >= _PREFIXED_MIN)


@lru_cache(maxsize=1)
def load_thesaurus() -> Thesaurus:
    """Return the lists that are shipped."""
    synonyms, forms, opposites, others = _sections("wordnet.txt")
    news, news_opposites = _sections("synonyms.txt")
    groups: dict[str, list[int]] = {}
    broader: dict[str, list[int]] = {}
    for number, line in enumerate(synonyms):
        numbers, _, words = line.partition(" ")
        above = [int(each) for each in numbers.split(",") if each]
        for item in map(stem, words.split()):
            groups.setdefault(item, []).append(number)
            broader.setdefault(item, []).extend(above)
    words_known = frozenset(groups)
    _add_groups(groups, chain(forms, news), first=len(synonyms))
    sides = _sides(chain(opposites, news_opposites))
    return Thesaurus(groups, broader, sides, words_known, frozenset(map(stem, " ".join(others).split())))


def _sections(name: str) -> list[list[str]]:
    text = files("subtext.analysis.faithfulness").joinpath(name).read_text("utf-8")
    return [_lines(section) for section in text.split("\n---\n")]


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _add_groups(groups: dict[str, list[int]], lines: Iterable[str], first: int) -> None:
    """Add each line as one group of synonyms, numbered from `first` on."""
    for number, line in enumerate(lines, first):
        for word in line.split():
            groups.setdefault(stem(word), []).append(number)


def _sides(lines: Iterable[str]) -> dict[str, list[int]]:
    sides: dict[str, list[int]] = {}
    for number, line in enumerate(lines, 1):
        left, _, right = line.partition("|")
        for side, words in ((number, left), (-number, right)):
            for word in words.split():
                sides.setdefault(stem(word), []).append(side)
    return sides
