from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.negation import Modality, determine_modality
from subtext.engines.local.tokens import tokenize


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    phrase: str
    negated: bool = False
    hedged: bool = False


CASES = (
    Case("plain", "This is an act of desperation", "act"),
    Case("no", "This is no act of desperation", "act", negated=True),
    Case("was no", "This was no cry for help", "cry", negated=True),
    Case("not", "It is not desperate", "desperate", negated=True),
    Case("n't", "They aren’t really desperate", "desperate", negated=True),
    Case("never", "He never begged", "begged", negated=True),
    Case("anything but", "They look anything but desperate", "desperate", negated=True),
    Case("far from", "They are far from desperate", "desperate", negated=True),
    Case("twice", "It is not without leverage", "leverage"),
    Case("neither nor", "They are neither weak nor desperate", "desperate", negated=True),
    Case("not only", "It is not only desperate", "desperate"),
    Case("no doubt", "It is no doubt desperate", "desperate"),
    Case("not but", "It is not strong but desperate", "desperate"),
    Case("unless", "You do not boast unless you are desperate", "desperate"),
    Case("unless, not negated", "It fails unless it retreats", "retreats", hedged=True),
    Case("another clause", "It was no cry for help: it was an ultimatum", "ultimatum"),
    Case("too far before", "No one in the whole wide and quiet town is desperate", "desperate"),
    Case("never been stronger", "It has never been stronger", "stronger"),
    Case("never looked more", "It never looked more desperate", "desperate"),
    Case("never been", "It has never been desperate", "desperate", negated=True),
    Case("nothing suggests", "Nothing in the books suggests that it was ever forced to bow", "forced", negated=True),
    Case("no sign", "There is no sign that the firm of the old town is desperate", "desperate", negated=True),
    Case("rejects reports that", "The letter rejects reports that the firm was on its knees", "on", negated=True),
    Case("denied that", "The bank denied on Monday that it was struggling", "struggling", negated=True),
    Case("nobody expects", "No one at the regulator expects the firm to collapse", "collapse", negated=True),
    Case("a sign near", "There is no sign of despair", "despair", negated=True),
    Case("a denied sign of the contrary", "Nothing suggests that it is not desperate", "desperate"),
    Case("a sign", "A sign of the times shows that it is desperate", "desperate"),
    Case("a sign, but", "There is no sign of peace but they are desperate", "desperate"),
    Case("could", "It could collapse", "collapse", hedged=True),
    Case("if", "If the long and ever so tiresome war goes on it collapses", "collapses", hedged=True),
    Case("will", "It will dominate the region", "dominate", hedged=True),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_words_before_a_phrase_turn_it_or_halve_it(case: Case) -> None:
    words = tokenize(case.text, 0)
    first = next(at for at, word in enumerate(words) if case.text.startswith(case.phrase, word.start))
    assert determine_modality(words, first) == Modality(case.negated, case.hedged)
