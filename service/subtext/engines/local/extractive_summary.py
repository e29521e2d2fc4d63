"""The extractive summary: three to five of the article's own sentences, in text order.

A sentence is rated by how many words that return elsewhere in the text it holds, by its place, and against repeating
one already taken. How much each of these counts is told by the text: news in short paragraphs, or in none, says the
most important first and briefly, while paragraphs of several sentences unfold a subject, and then long sentences
anywhere hold the most of it. The cost is linear in the text, with at most 400 sentences considered.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.generated_text import truncate
from subtext.domain.draft import DraftSentence, DraftSummary
from subtext.domain.text.word_lists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.text.sentences import Sentence

_SENTENCES_MAX = 400
_WORDS_MIN, _CHARS_MAX = 8, 400
_FEWEST = 3
_LONG_TEXT, _MIDDLE_TEXT = 1500, 900
_LEAD_DECAY = 12.0
_SAME_FROM, _SAME_COSTS = 0.75, 9.0
# Sentences a paragraph: up to the first it is news that opens with the main thing, from the second on it unfolds.
_NEWS_UP_TO, _UNFOLDING_FROM = 2.0, 3.0
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
# Whoever says a quotation that opens a sentence must be named in it: "..., said Orlo" stands alone, "..., he said" not.
_QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")
_NO_NAME = re.compile(r"\b(?:he|she|they|it|his|her|who|said the)\b", re.IGNORECASE)
_BRACKETS = (("(", ")"), ("“", "”"), ("[", "]"))


@dataclass(frozen=True, slots=True)
class _Weights:
    """What counts in a text: `lead` and `repeat` are weights, `length` how far long sentences are held back."""

    lead: float
    length: float
    repeat: float
    words_max: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that can be taken; one that is not `alone` can only follow the one before it."""

    at: int
    sentence: Sentence
    terms: Counter[str]
    norm: float
    rating: float
    alone: bool


def summarize(title: str | None, sentences: Sequence[Sentence], count: int | None = None) -> DraftSummary:
    """Summarize by extraction: the article's own headline if there is one, and sentences with themselves as quotes.

    `count` is how many sentences to take, by default three to five by the length of the text. There are fewer where
    the text has no more, and none where none of it can be shown as a sentence.
    """
    body = [s for s in sentences if not s.heading][:_SENTENCES_MAX]
    chosen, first = _chosen(body, count or _sentence_count(body))
    headline = title or (first or sentences[0]).text
    return DraftSummary(
        truncate(headline),
        tuple(DraftSentence(" ".join(s.text.split()), (s.text,), (s.start,)) for s in chosen),
    )


def _chosen(body: Sequence[Sentence], count: int) -> tuple[list[Sentence], Sentence | None]:
    """Select the sentences, in text order, and the one that was selected first."""
    style = _style(body)
    rated = _rated(body, style)
    taken: dict[int, _Candidate] = {}
    while len(taken) < count:
        free = [item for item in rated if item.at not in taken and (item.alone or item.at - 1 in taken)]
        if not free:
            break
        best = max(free, key=lambda item: item.rating - _repeated(item, taken.values(), style))
        taken[best.at] = best
    if not taken:
        whole = [s for s in body if len(s.text) <= _CHARS_MAX and _WORD.search(s.text)][:_FEWEST]
        return whole, next(iter(whole), None)
    return [taken[at].sentence for at in sorted(taken)], next(iter(taken.values())).sentence


def _repeated(item: _Candidate, taken: Iterable[_Candidate], style: _Weights) -> float:
    """Penalize a sentence for being similar to a selected one; one that says the same comes after all others."""
    likeness = max((_likeness(item, other) for other in taken), default=0.0)
    return _SAME_COSTS if likeness >= _SAME_FROM else style.repeat * likeness


def _sentence_count(body: Sequence[Sentence]) -> int:
    words = sum(len(s.text.split()) for s in body)
    if words >= _LONG_TEXT:
        return _FEWEST + 2
    return _FEWEST + 1 if words >= _MIDDLE_TEXT else _FEWEST


def _style(body: Sequence[Sentence]) -> _Weights:
    paragraphs = len({s.paragraph for s in body})
    each = len(body) / paragraphs if paragraphs > 1 else 0.0
    unfolding = min(1.0, max(0.0, (each - _NEWS_UP_TO) / (_UNFOLDING_FROM - _NEWS_UP_TO)))
    news = 1 - unfolding
    return _Weights(lead=0.4 * news, length=0.6 * news - 0.1, repeat=0.6 * news, words_max=45 + 15 * unfolding)


def _rated(body: Sequence[Sentence], style: _Weights) -> list[_Candidate]:
    of_sentences = [Counter(_terms(sentence.text)) for sentence in body]
    whole: Counter[str] = Counter()
    for terms in of_sentences:
        whole.update(terms.keys())
    central = [
        sum(math.log(whole[term]) for term in terms) / max(len(terms), 1) ** style.length for terms in of_sentences
    ]
    most = max(central, default=0.0) or 1.0
    return [
        _Candidate(
            at,
            sentence,
            terms,
            math.sqrt(sum(times * times for times in terms.values())) or 1.0,
            central[at] / most + style.lead * math.exp(-at / _LEAD_DECAY),
            _stands_alone(sentence.text),
        )
        for at, (sentence, terms) in enumerate(zip(body, of_sentences, strict=True))
        if _is_whole(sentence.text, style.words_max)
    ]


def _likeness(one: _Candidate, other: _Candidate) -> float:
    small, large = sorted((one.terms, other.terms), key=len)
    return sum(count * large[term] for term, count in small.items()) / (one.norm * other.norm)


def _terms(text: str) -> list[str]:
    return [low for low in map(str.lower, _WORD.findall(text)) if low not in _STOPWORDS]


def _is_whole(text: str, words_max: float) -> bool:
    """Tell whether it is a sentence of prose with all its marks, neither very short nor very long."""
    if not _WORDS_MIN <= len(text.split()) <= words_max or _BOILERPLATE.search(text):
        return False
    paired = all(text.count(one) == text.count(other) for one, other in _BRACKETS) and text.count('"') % 2 == 0
    return paired and text.rstrip("”\"’')")[-1:] in ".!…"


def _stands_alone(text: str) -> bool:
    """Tell whether it can be read without the sentence before it."""
    if text[0] in '“"':
        outside = _QUOTED.sub(" ", text)
        if len(_WORD.findall(outside)) < 2 or _NO_NAME.search(outside):  # noqa: PLR2004 - a verb and a name
            return False
    elif text[0] in "'‘(":
        return False
    return not _DANGLING.match(text.lstrip("“\"'‘"))
