"""The extractive summary: three to five of the article's own sentences, in text order.

A sentence is rated by how near its words are to those of the whole text (cosine of term counts, the words that stand
everywhere left out), by its place, and against repeating one already taken. The cost is linear in the text, with at
most 400 sentences considered.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.draft import DraftSentence, DraftSummary
from subtext.engines.local.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.engines.local.sentences import Sentence

HEADLINE_MAX = 140
_SENTENCES_MAX = 400
_WORDS_MIN, _WORDS_MAX, _CHARS_MAX = 8, 45, 400
_FEWEST = 3
_LONG_TEXT, _MIDDLE_TEXT = 700, 250
_LEAD_WEIGHT, _LEAD_DECAY = 0.5, 6.0
_REPEAT_WEIGHT = 0.7
_WORD = re.compile(r"[^\W\d_]{3,}")
_STOPWORDS = word_set(
    "the and that this with for from have has had was were are not but they their them his her she him its our you "
    "your who which what when where why how will would could should can may might been being than then there here "
    "about into over after before also more most some such only just one two said says all any out new because while "
    "even much many very like other get got let don isn aren these those did does made make"
)
_DANGLING = re.compile(
    r"(?:he|she|it|they|his|her|their|its|this|that|these|those|but|and|or|so|yet|however|still|then|also|instead|meanwhile|"
    r"moreover|furthermore|because|nah|look|well|yes|no|plus|indeed|nor|such|him|both|another|it['’]s|he['’]s|she['’]s|"
    r"they['’]re|that['’]s)\b",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"leave a comment|photo(?:graph)? (?:by|credit)|image(?:s)? (?:by|via|credit)|getty images|click here|sign up|"
    r"subscribe|follow (?:us|me|him|her) on|read more|all rights reserved|copyright|©|share this|advertisement|"
    r"newsletter|contributed to this report|^by [A-Z]|updated:|published:|https?://|www\.|@\w|pic\.twitter",
    re.IGNORECASE,
)
_BRACKETS = (("(", ")"), ("“", "”"), ("[", "]"))


@dataclass(slots=True)
class _Rated:
    sentence: Sentence
    terms: Counter[str]
    norm: float
    rating: float


def summarise(title: str | None, sentences: Sequence[Sentence]) -> DraftSummary:
    """The headline (the article's own where it has one) and the sentences, each with itself as its quote.

    There are no sentences where none of the text can be shown as one.
    """
    chosen = _chosen([s for s in sentences if not s.heading][:_SENTENCES_MAX])
    headline = title or (chosen[0].text if chosen else sentences[0].text)
    return DraftSummary(
        _shortened(headline),
        tuple(DraftSentence(" ".join(s.text.split()), (s.text,), (s.start,)) for s in chosen),
    )


def _chosen(body: Sequence[Sentence]) -> list[Sentence]:
    readable = [(at, s) for at, s in enumerate(body) if _is_readable(s.text)]
    if not readable:
        return [s for s in body if len(s.text) <= _CHARS_MAX and _WORD.search(s.text)][:_FEWEST]
    rated = _rated(body, readable)
    taken: list[_Rated] = []
    while rated and len(taken) < _wanted(body):
        best = max(rated, key=lambda item: item.rating - _REPEAT_WEIGHT * _repeats(item, taken))
        rated.remove(best)
        taken.append(best)
    return sorted((item.sentence for item in taken), key=lambda s: s.start)


def _repeats(item: _Rated, taken: Sequence[_Rated]) -> float:
    """How near a sentence comes to the nearest of those taken."""
    return max((_likeness(item, other) for other in taken), default=0.0)


def _wanted(body: Sequence[Sentence]) -> int:
    words = sum(len(s.text.split()) for s in body)
    if words >= _LONG_TEXT:
        return _FEWEST + 2
    return _FEWEST + 1 if words >= _MIDDLE_TEXT else _FEWEST


def _rated(body: Sequence[Sentence], readable: Sequence[tuple[int, Sentence]]) -> list[_Rated]:
    whole: Counter[str] = Counter()
    for sentence in body:
        whole.update(set(_terms(sentence.text)))
    rated = []
    for at, sentence in readable:
        terms = Counter(_terms(sentence.text))
        norm = math.sqrt(sum(count * count for count in terms.values())) or 1.0
        central = sum(math.log1p(whole[term]) for term in terms) / (norm * 6)
        lead = _LEAD_WEIGHT * math.exp(-at / _LEAD_DECAY)
        rated.append(_Rated(sentence, terms, norm, central + lead))
    return rated


def _likeness(one: _Rated, other: _Rated) -> float:
    small, large = sorted((one.terms, other.terms), key=len)
    return sum(count * large[term] for term, count in small.items()) / (one.norm * other.norm)


def _terms(text: str) -> list[str]:
    return [low for low in map(str.lower, _WORD.findall(text)) if low not in _STOPWORDS]


def _is_readable(text: str) -> bool:
    count = len(text.split())
    if not _WORDS_MIN <= count <= _WORDS_MAX or _DANGLING.match(text.lstrip("“\"'‘")) or _BOILERPLATE.search(text):
        return False
    whole = all(text.count(one) == text.count(other) for one, other in _BRACKETS) and text.count('"') % 2 == 0
    return whole and text[0] not in "“\"'‘(" and text.rstrip("”\"’')")[-1:] in ".!…"


def _shortened(headline: str) -> str:
    line = " ".join(headline.split())
    if len(line) <= HEADLINE_MAX:
        return line
    cut = line[: HEADLINE_MAX - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:-–—") + "…"
