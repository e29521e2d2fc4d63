from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.lexicon import Lexicon, LexiconEntry, load_default
from subtext.engines.local.tokens import tokenize

PHRASES = Lexicon(
    [
        LexiconEntry("beg~ .. for", "desperation", "begging", 4.0),
        LexiconEntry("desperate", "desperation", "need", 2.0),
        LexiconEntry("desperate plea|cry", "desperation", "need", 4.0),
        LexiconEntry("iron grip", "domination", "control", 4.0),
        LexiconEntry("grip", "domination", "control", 1.0),
    ],
    traps=["grip strength", "plead~ guilty"],
)


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    phrases: tuple[str, ...]


CASES = (
    Case("inflected", "It begged for help", ("begged for",)),
    Case("gap", "It is begging its old ally for help", ("begging its old ally for",)),
    Case("gap too wide", "It begs its old and tired ally for help", ()),
    Case("longest", "A desperate cry of a desperate man", ("desperate cry", "desperate")),
    Case("hyphen", "an iron-grip rule", ("iron-grip",)),
    Case("trap", "His grip strength fell, his grip too", ("grip",)),
    Case("over a clause edge", "It begs, and cries for help", ()),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_phrases_are_found_longest_first_and_traps_leave_their_words_out(case: Case) -> None:
    words = tokenize(case.text, 0)
    found = PHRASES.find(words)
    assert tuple(case.text[words[f.first].start : words[f.last].end] for f in found) == case.phrases


def test_the_shipped_lexicon_names_each_phrase_once_and_weighs_it_as_the_weighing_does() -> None:
    entries = load_default().entries
    phrases = [entry.phrase for entry in entries]
    assert len(phrases) == len(set(phrases)) > 1000
    assert {entry.weight for entry in entries} == {1.0, 2.0, 4.0}
    assert {entry.pole for entry in entries} == {"desperation", "domination"}
    assert not set(phrases) & set(load_default().false_positives)


def test_every_shipped_phrase_is_written_as_words_are_read() -> None:
    lexicon = load_default()
    stray = [p for p in [*(e.phrase for e in lexicon.entries), *lexicon.false_positives] if not _is_matchable(p)]
    assert stray == []


def _is_matchable(phrase: str) -> bool:
    parts = phrase.split()
    words = [word.removesuffix("~") for part in parts for word in part.split("|")]
    read = all(word == ".." or [found.norm for found in tokenize(word, 0)] == [word] for word in words)
    return read and parts[0] != ".." != parts[-1]
