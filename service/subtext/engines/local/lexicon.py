"""The lexicon: phrases that frame their subject, read from the shipped data and found in a sentence's words.

A phrase is words parted by blanks: `word~` stands for its inflections, `a|b` for either word, `..` for up to three
words of any kind. Finding costs one look-up a word and a short walk from each phrase's first word.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from subtext.engines.local.inflection import inflections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from subtext.engines.local.words import Word

GAP_MAX = 3
_GAP: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase of one pole and indicator; `weight` is in the mass units of the weighing (weak 1, strong 4)."""

    phrase: str
    pole: str
    indicator: str
    weight: float


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and the words that it matched: `first` and `last` are indexes into the sentence's words."""

    entry: Entry
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    forms: tuple[frozenset[str], ...]
    entry: Entry | None


class Lexicon:
    """Phrases by their first word; where several match at one place the longest is taken."""

    def __init__(self, entries: Sequence[Entry], traps: Sequence[str]) -> None:
        self.entries = tuple(entries)
        self.traps = tuple(traps)
        self._by_first: dict[str, list[_Pattern]] = defaultdict(list)
        for entry in entries:
            self._add(entry.phrase, entry)
        for trap in traps:
            self._add(trap, None)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The lexicon of a parsed data file: poles → indicators → strengths → phrases, and `traps`."""
        weights: dict[str, float] = data["weights"]
        entries = [
            Entry(phrase, pole, indicator, weights[strength])
            for pole, indicators in data["poles"].items()
            for indicator, strengths in indicators.items()
            for strength, phrases in strengths.items()
            for phrase in phrases
        ]
        return cls(entries, data["traps"])

    def find(self, words: Sequence[Word]) -> list[Found]:
        """Every phrase in the words that no trap covers, in order, none overlapping another."""
        found: list[Found] = []
        free = 0
        for first in range(len(words)):
            if first < free:
                continue
            match = self._longest(words, first)
            if match is None:
                continue
            last, entry = match
            free = last + 1
            if entry is not None:
                found.append(Found(entry, first, last))
        return found

    def _longest(self, words: Sequence[Word], first: int) -> tuple[int, Entry | None] | None:
        best: tuple[int, Entry | None] | None = None
        for pattern in self._by_first.get(words[first].norm, ()):
            last = _matched(pattern.forms, words, first)
            if last is not None and (best is None or _outranks((last, pattern.entry), best)):
                best = last, pattern.entry
        return best

    def _add(self, phrase: str, entry: Entry | None) -> None:
        forms = tuple(_forms(part) for part in phrase.split())
        for word in forms[0]:
            self._by_first[word].append(_Pattern(forms, entry))


@cache
def shipped() -> Lexicon:
    """The lexicon of the package, compiled once."""
    file = resources.files("subtext.engines.local") / "lexicon.json"
    return Lexicon.from_data(json.loads(file.read_text(encoding="utf-8")))


def _forms(part: str) -> frozenset[str]:
    if part == "..":
        return _GAP
    return frozenset(form for word in part.split("|") for form in _inflected(word))


def _inflected(word: str) -> Iterator[str]:
    if word.endswith("~"):
        yield from inflections(word[:-1])
    else:
        yield word


def _matched(forms: Sequence[frozenset[str]], words: Sequence[Word], first: int) -> int | None:
    """The index of the last word matched, all within one clause, or None."""
    at, clause = first, words[first].clause
    slack = 0
    for form in forms[1:]:
        if form is _GAP:
            slack = GAP_MAX
            continue
        for step in range(1, slack + 2):
            if at + step >= len(words) or words[at + step].clause != clause:
                return None
            if words[at + step].norm in form:
                at += step
                break
        else:
            return None
        slack = 0
    return at


def _outranks(one: tuple[int, Entry | None], other: tuple[int, Entry | None]) -> bool:
    """Longer first; a trap before an entry of the same length; then the weightier."""
    if one[0] != other[0]:
        return one[0] > other[0]
    if one[1] is None or other[1] is None:
        return one[1] is None
    return one[1].weight > other[1].weight
