"""Write the word list that the check of summaries reads: `python -m training.wordnet FOLDER`.

FOLDER holds the database files of WordNet 3.0 (Debian: package `wordnet-base`, `/usr/share/wordnet`). Kept are the
single words of every synset that occurs in WordNet's own tagged texts, at most five senses of a word: the rare half of
the dictionary is left out, and with it the rare senses, which would make everything a synonym of everything.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TARGET = Path(__file__).parent.parent / "service" / "subtext" / "analysis" / "faithfulness" / "wordnet.txt"
FILES = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
SENSES_MAX, OPPOSITE_SENSES_MAX = 5, 3
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NAME = re.compile(r"[A-Z][a-z]+")
_POS_OF_DIGIT = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
# What "no" and "some" say depends on the sentence: signs.py looks at negations, synonyms.txt has the rest.
_QUANTIFIERS = frozenset(("no", "any", "some", "all", "every", "own"))
_HEADER = """\
# Synonyms with the numbers of their broader lines, forms of one word, opposites, and words that are mostly no nouns.
# Made by training/wordnet.py from WordNet 3.0, which is under this licence:
#
# This software and database is being provided to you, the LICENSEE, by Princeton University under the following
# license. By obtaining, using and/or copying this software and database, you agree that you have read, understood,
# and will comply with these terms and conditions.: Permission to use, copy, modify and distribute this software
# and database and its documentation for any purpose and without fee or royalty is hereby granted, provided that
# you agree to comply with the following copyright notice and statements, including the disclaimer, and that the
# same appear on ALL copies of the software, database and documentation, including modifications that you make for
# internal use or for distribution. WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved. THIS
# SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES,
# EXPRESS OR IMPLIED. BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR
# WARRANTIES OF MERCHANTABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF THE LICENSED SOFTWARE,
# DATABASE OR DOCUMENTATION WILL NOT INFRINGE ANY THIRD PARTY PATENTS, COPYRIGHTS, TRADEMARKS OR OTHER RIGHTS. The
# name of Princeton University or Princeton may not be used in advertising or publicity pertaining to distribution
# of the software and/or database. Title to copyright in this software, database and any associated documentation
# shall at all times remain with Princeton University and LICENSEE agrees to preserve same.
"""

Key = tuple[str, str]


@dataclass(frozen=True)
class Synset:
    """Lemmas, and pointers as (symbol, synset, own lemma, their lemma); lemmas count from 1, 0 is the whole synset."""

    lemmas: tuple[str, ...]
    pointers: tuple[tuple[str, Key, int, int], ...]


class WordNet:
    """The database files, as far as the list needs them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.synsets = {key: synset for name, pos in FILES.items() for key, synset in self._load_synsets(name, pos)}
        self.rank = {entry: rank for name, pos in FILES.items() for entry, rank in self._load_ranks(name, pos)}
        tagged = list(self._load_tagged())
        self.counts = [(lemma, pos, count) for lemma, pos, _, count in tagged]
        self._tagged = {entry[:3] for entry in tagged}

    def words(self, key: Key, senses_max: int = SENSES_MAX) -> list[str]:
        """Return the single words of a synset that have it among their first senses."""
        lemmas = self.synsets[key].lemmas
        return [lemma for lemma in lemmas if _WORD.fullmatch(lemma) and self.rank.get((lemma, key), 0) < senses_max]

    def is_common(self, key: Key) -> bool:
        """Return whether a lemma of the synset occurs in this sense in the tagged texts."""
        return any((lemma.lower(), key[0], self.rank.get((lemma.lower(), key))) in self._tagged
                   for lemma in self.synsets[key].lemmas)  # fmt: skip

    def irregular_forms(self) -> Iterator[tuple[str, str]]:
        """Yield each irregular form with its lemma."""
        for name, pos in FILES.items():
            for line in self._lines(f"{name}.exc"):
                form, *lemmas = line.split()
                for lemma in lemmas:
                    if _WORD.fullmatch(form) and (lemma, pos, 0) in self._tagged:
                        yield form, lemma

    def _load_synsets(self, name: str, pos: str) -> Iterator[tuple[Key, Synset]]:
        for line in self._lines(f"data.{name}"):
            fields = line.partition("|")[0].split()
            count = int(fields[3], 16)
            lemmas = tuple(re.sub(r"\(.*\)", "", fields[4 + 2 * at]) for at in range(count))
            rest = fields[5 + 2 * count :]
            pointers = tuple(
                (symbol, (target_pos.replace("s", "a"), offset), *divmod(int(ends, 16), 256))
                for symbol, offset, target_pos, ends in zip(
                    *[iter(rest[: 4 * int(fields[4 + 2 * count])])] * 4, strict=True
                )
            )
            yield (pos, fields[0]), Synset(lemmas, pointers)

    def _load_ranks(self, name: str, pos: str) -> Iterator[tuple[tuple[str, Key], int]]:
        for line in self._lines(f"index.{name}"):
            lemma, _, count, pointers, *rest = line.split()
            for rank, offset in enumerate(rest[int(pointers) + 2 :][: int(count)]):
                yield (lemma, (pos, offset)), rank

    def _load_tagged(self) -> Iterator[tuple[str, str, int, int]]:
        for line in self._lines("cntlist.rev"):
            sense, number, count = line.split()
            lemma, _, rest = sense.partition("%")
            yield lemma, _POS_OF_DIGIT[rest[0]], int(number) - 1, int(count)

    def _lines(self, name: str) -> Iterable[str]:
        lines = (self._folder / name).read_text("latin-1").splitlines()
        return (line for line in lines if not line.startswith(" "))


def build_synonyms(wordnet: WordNet) -> list[str]:
    """Return a line for each synset: the line numbers of its broader ones, joined by commas, and its words."""
    kept = [key for key in wordnet.synsets if wordnet.is_common(key) and wordnet.words(key)]
    number = {key: at for at, key in enumerate(kept)}
    lines = []
    for key in kept:
        broader = {
            number[target]
            for symbol, target, _, _ in wordnet.synsets[key].pointers
            if symbol in "@&" and target in number
        }
        lines.append(f"{','.join(map(str, sorted(broader)))} {' '.join(wordnet.words(key))}")
    return lines


def build_forms(wordnet: WordNet) -> list[str]:
    """Return a line for each word with its irregular forms and derived words, and each country with its adjective."""
    forms: dict[str, set[str]] = defaultdict(set)
    for form, lemma in wordnet.irregular_forms():
        forms[lemma].add(form)
    for key, synset in wordnet.synsets.items():
        for symbol, target, ours, theirs in synset.pointers:
            if symbol in {"+", "\\"} and ours and theirs:
                one, other = synset.lemmas[ours - 1], wordnet.synsets[target].lemmas[theirs - 1]
                if _NAME.fullmatch(one) and _NAME.fullmatch(other):
                    forms[other.lower()].add(one.lower())
                elif _is_close(wordnet, one, key) and _is_close(wordnet, other, target):
                    forms[min(one, other)].add(max(one, other))
    return [f"{word} {' '.join(sorted(others - {word}))}" for word, others in sorted(forms.items()) if others - {word}]


def build_opposites(wordnet: WordNet) -> list[str]:
    """Return a line for each pair of opposites: the words of one side, those of the other.

    For an adjective these are all that WordNet groups around it: `huge` is opposite to `tiny` as `large` is to `small`.
    """
    lines = set()
    for key, synset in wordnet.synsets.items():
        for symbol, target, _, _ in synset.pointers:
            if symbol == "!" and key < target:
                left, right = _side(wordnet, key), _side(wordnet, target)
                left, right = left - right, right - left
                if left and right:
                    lines.add(f"{' '.join(sorted(left))} | {' '.join(sorted(right))}")
    return sorted(lines)


def build_others(wordnet: WordNet) -> list[str]:
    """Return lines of the words that the tagged texts use mostly as another part of speech than a noun."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for lemma, pos, count in wordnet.counts:
        if _WORD.fullmatch(lemma):
            counts[lemma][pos] += count
    for form, lemma in wordnet.irregular_forms():
        if form not in counts and lemma in counts:
            counts[form] = counts[lemma]
    others = (lemma for lemma, found in sorted(counts.items()) if max(found, key=lambda pos: found[pos]) != "n")
    return textwrap.wrap(" ".join(others), 120, break_on_hyphens=False)


def _is_close(wordnet: WordNet, lemma: str, key: Key) -> bool:
    return bool(_WORD.fullmatch(lemma)) and wordnet.is_common(key) and wordnet.rank.get((lemma, key), 9) < SENSES_MAX


def _side(wordnet: WordNet, key: Key) -> set[str]:
    if key[0] == "r" or _QUANTIFIERS.intersection(wordnet.synsets[key].lemmas):
        return set()
    around = [target for symbol, target, _, _ in wordnet.synsets[key].pointers if symbol == "&"]
    return {word for each in (key, *around) for word in wordnet.words(each, OPPOSITE_SENSES_MAX)}


if __name__ == "__main__":
    source = WordNet(Path(sys.argv[1]))
    sections = (build_synonyms(source), build_forms(source), build_opposites(source), build_others(source))
    TARGET.write_text(_HEADER + "\n---\n".join("\n".join(lines) for lines in sections) + "\n", "utf-8")
