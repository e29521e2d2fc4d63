"""Lexicon of phrases that frame their subject, and its matcher for the words of a sentence.

A phrase is words separated by blanks: `word~` stands for its inflections, `a|b` for either word, `..` for up to three
words of any kind. Matching costs one look-up per word, and one scan per phrase that begins with it.

English verbs (and plurals) are inflected by rule; irregular forms are listed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from subtext.engines.local.tokens import WordToken

_VOWELS = "aeiou"

_IRREGULAR = {
    "break": ("broke", "broken"), "bring": ("brought",), "build": ("built",), "buy": ("bought",), "beat": ("beaten",),
    "cling": ("clung",), "come": ("came",), "cut": (), "deal": ("dealt",), "do": ("does", "did", "done"),
    "draw": ("drew", "drawn"), "drive": ("drove", "driven"), "eat": ("ate", "eaten"), "fall": ("fell", "fallen"),
    "feel": ("felt",), "fight": ("fought",), "freeze": ("froze", "frozen"), "get": ("got", "gotten"),
    "give": ("gave", "given"), "go": ("goes", "went", "gone"), "grow": ("grew", "grown"), "hang": ("hung",),
    "hide": ("hid", "hidden"), "hit": (), "hold": ("held",), "keep": ("kept",), "lay": ("laid",), "lead": ("led",),
    "lean": ("leant",), "lose": ("lost",), "make": ("made",), "overcome": ("overcame",), "put": (),
    "rise": ("rose", "risen"), "rub": ("rubbed",), "run": ("ran",), "seek": ("sought",), "set": (),
    "shake": ("shook", "shaken"), "shrink": ("shrank", "shrunk"), "shut": (), "sink": ("sank", "sunk"),
    "slide": ("slid",), "spread": (), "strike": ("struck",), "sweep": ("swept",),
    "take": ("took", "taken"),
    "tear": ("tore", "torn"), "throw": ("threw", "thrown"), "win": ("won",), "write": ("wrote", "written"),
}  # fmt: skip

# Verbs with these endings do not double the last consonant: their last syllable is not stressed.
_UNDOUBLED = ("en", "er", "or", "it", "et", "on", "ow", "in", "ip", "op")

_SHORT = 4

_UNCHANGED_PAST = frozenset({"beat", "cut", "hit", "put", "set", "shut", "spread"})


def inflect(lemma: str) -> frozenset[str]:
    """Return a lemma and its inflections: `rally`, rallies, rallied, rallying."""
    forms = {lemma, _with_s(lemma), _stem(lemma, keep_y=True) + "ing", *_IRREGULAR.get(lemma, ())}
    if lemma not in _IRREGULAR:
        stem = _stem(lemma, keep_y=False)
        forms.add(stem + ("d" if stem.endswith("ee") else "ed"))
    return frozenset(forms)


def _with_s(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return lemma + "es"
    return lemma[:-1] + "ies" if _ends_in_consonant_y(lemma) else lemma + "s"


def _stem(lemma: str, *, keep_y: bool) -> str:
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
        return lemma[:-1]
    if _ends_in_consonant_y(lemma) and not keep_y:
        return lemma[:-1] + "i"
    return lemma + lemma[-1] if _doubles(lemma) else lemma


def _ends_in_consonant_y(lemma: str) -> bool:
    return lemma.endswith("y") and len(lemma) > 1 and lemma[-2] not in _VOWELS


def _doubles(lemma: str) -> bool:
    """Tell whether a final consonant after a single vowel is doubled (`beg`, `submit`; not `weaken`)."""
    if len(lemma) < 3 or lemma[-1] in _VOWELS + "wxy" or lemma[-2] not in _VOWELS or lemma[-3] in _VOWELS:  # noqa: PLR2004 - consonant, vowel, consonant
        return False
    return (
        len(lemma) <= _SHORT
        or lemma.endswith(("mit", "fer", "pel", "ban", "gin", "rob"))
        or not lemma.endswith(_UNDOUBLED)
    )


GAP_MAX = 3

_GAP: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """Phrase of one pole and indicator; `weight` is in the units of the scoring (weak 1, strong 4)."""

    phrase: str
    pole: str
    indicator: str
    weight: float


@dataclass(frozen=True, slots=True)
class LexiconMatch:
    """Entry and the words that it matched: `first` and `last` are indices of the sentence's words."""

    entry: LexiconEntry
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    forms: tuple[frozenset[str], ...]
    entry: LexiconEntry | None


class Lexicon:
    """Lexicon indexed by the first word of each phrase; the longest match at a position wins."""

    def __init__(self, entries: Sequence[LexiconEntry], traps: Sequence[str]) -> None:
        self.entries = tuple(entries)
        self.false_positives = tuple(traps)
        self._by_first: dict[str, list[_Pattern]] = defaultdict(list)
        for entry in entries:
            self._add(entry.phrase, entry)
        for trap in traps:
            self._add(trap, None)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Build a lexicon from a parsed data file: poles → indicators → strengths → phrases, and `traps`."""
        weights: dict[str, float] = data["weights"]
        entries = [
            LexiconEntry(phrase, pole, indicator, weights[strength])
            for pole, indicators in data["poles"].items()
            for indicator, strengths in indicators.items()
            for strength, phrases in strengths.items()
            for phrase in phrases
        ]
        return cls(entries, data["traps"])

    def find(self, words: Sequence[WordToken]) -> list[LexiconMatch]:
        """Find every phrase in the words that no false positive covers, in order, none overlapping another."""
        matches: list[LexiconMatch] = []
        free = 0
        for first in range(len(words)):
            if first < free:
                continue
            match = self._match_longest(words, first)
            if match is None:
                continue
            last, entry = match
            free = last + 1
            if entry is not None:
                matches.append(LexiconMatch(entry, first, last))
        return matches

    def _match_longest(self, words: Sequence[WordToken], first: int) -> tuple[int, LexiconEntry | None] | None:
        best: tuple[int, LexiconEntry | None] | None = None
        for pattern in self._by_first.get(words[first].norm, ()):
            last = _match(pattern.forms, words, first)
            if last is not None and (best is None or _outranks((last, pattern.entry), best)):
                best = last, pattern.entry
        return best

    def _add(self, phrase: str, entry: LexiconEntry | None) -> None:
        pattern = _Pattern(tuple(map(_expand, phrase.split())), entry)
        for word in pattern.forms[0]:
            self._by_first[word].append(pattern)


@cache
def load_default() -> Lexicon:
    """Load the lexicon that ships with the package, once."""
    file = resources.files("subtext.engines.local") / "lexicon.json"
    return Lexicon.from_data(json.loads(file.read_text(encoding="utf-8")))


@cache
def _expand(part: str) -> frozenset[str]:
    """Return the words that a part of a phrase stands for; half of the parts are in several phrases, and share them."""
    if part == "..":
        return _GAP
    return frozenset(form for word in part.split("|") for form in _iter_forms(word))


def _iter_forms(word: str) -> Iterator[str]:
    if word.endswith("~"):
        yield from inflect(word[:-1])
    else:
        yield word


def _match(forms: Sequence[frozenset[str]], words: Sequence[WordToken], first: int) -> int | None:
    """Match a phrase that begins at index `first`, within one clause; return the index of its last word, or None."""
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


def _outranks(one: tuple[int, LexiconEntry | None], other: tuple[int, LexiconEntry | None]) -> bool:
    """Rank matches: longer first; a false positive before an entry of the same length; then the weightier."""
    if one[0] != other[0]:
        return one[0] > other[0]
    if one[1] is None or other[1] is None:
        return one[1] is None
    return one[1].weight > other[1].weight
