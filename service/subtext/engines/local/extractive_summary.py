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
from itertools import islice
from typing import TYPE_CHECKING

from subtext.analysis.generated_text import truncate
from subtext.domain.draft import DraftSentence, DraftSummary
from subtext.domain.prose import is_data
from subtext.domain.text.words import word_set
from subtext.engines.local.finite_verbs import has_finite_verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.text.sentences import Sentence

_SENTENCES_MAX = 400
_WORDS_MIN, _CHARS_MAX = 8, 400
_FEWEST = 3
_LONG_TEXT, _MIDDLE_TEXT = 1500, 900
_LEAD_DECAY = 12.0
_SAME_FROM, _SAME_COSTS = 0.75, 9.0
# "This bridge" or "he" right behind its sentence can still be understood, best inside a paragraph; "But the council"
# is less welcome, and "But he" comes after all others.
_POINTING_COSTS, _CONNECTED_COSTS = 0.03, 0.15
_POINTING = re.compile(
    r"(?:he|she|it|they|him|this|that|these|those|such|another|both|his|her|its|their|the (?:former|latter))\b",
    re.IGNORECASE,
)
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
    r"(?:he|she|it|they|his|her|their|its|this|that|these|those|but|and|or|so|yet|however|still|then|also|"
    r"instead|meanwhile|"
    r"moreover|furthermore|because|nah|look|well|yes|no|plus|indeed|nor|such|him|both|another|it['’]s|he['’]s|she['’]s|"
    r"they['’]re|that['’]s|therefore|thus|hence|nevertheless|nonetheless|likewise|similarly|besides|"
    r"additionally|which|who|"
    r"whose|as a result|for (?:example|instance)|(?:in|by) contrast|on the other hand|in addition|"
    r"in other words|of course|"
    r"after that|at the same time|the (?:former|latter))\b",
    re.IGNORECASE,
)
# A connective before a subject that is named, not pointed to.
_CONNECTED = re.compile(
    r"(?:but|and|or|so|yet|however|still|then|also|instead|meanwhile|moreover|furthermore|plus|indeed|therefore|thus|"
    r"hence|nevertheless|nonetheless|likewise|similarly|besides|additionally|as a result|for (?:example|instance)|"
    r"(?:in|by) contrast|on the other hand|in addition|after that|at the same time),? "
    r"(?!(?:he|she|it|they|him|his|her|their|its|this|that|these|those|which|who|whose|there|"
    r"in (?:his|her|this|that))\b)",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"leave a comment|photo(?:graph)? (?:by|credit)|image(?:s)? (?:by|via|credit)|getty images|click here|sign up|"
    r"subscribe|follow (?:us|me|him|her) on|read more|all rights reserved|copyright|©|"
    r"share this|advertisement|"
    r"newsletter|contributed to this report|^by [A-Z]|updated:|published:|https?://|www\.|@\w|pic\.twitter",
    re.IGNORECASE,
)
_TEASER = re.compile(
    r"^(?:related|see also|read (?:also|next|more)|more(?: from| on)?|watch|listen|also|most read|trending|recommended|"
    r"source|editor['’]s note|file)\b[^.]{0,40}:|contributed to this (?:story|article)|don['’]t miss|"
    r"you (?:may|might) also like|view in browser|forward to a friend|sent from my|"
    r"this (?:article|story|post) (?:was|is|has been|originally|first)|(?:reporting|editing|writing) by [A-Z]|"
    r"(?:download|get) (?:our|the) (?:free )?app|privacy policy|terms of (?:use|service)|"
    r"\bcookies\b.{0,40}\b(?:site|browser)|story continues|scroll down|continue reading|"
    r"support our (?:work|journalism)",
    re.IGNORECASE,
)
# What greets, takes leave or talks to the reader tells nothing of what happened.
_SALUTATION = re.compile(
    r"(?:dear|hello|hi|hey|good (?:morning|afternoon|evening|day)|welcome|greetings|al?right|okay|ok|"
    r"folks|thank(?:s| you)"
    r"|let['’]s|let me|happy (?:monday|friday|new year|birthday)|ladies and gentlemen|(?:kind|best|warm) regards|"
    r"stay tuned|join us|enjoy|imagine|guess what|so,? folks)\b",
    re.IGNORECASE,
)
# A row of a table, a quoted line of a mail, a list's mark, a transcript's label or time.
_MARKUP = re.compile(
    r"[|•►▶→»#*>\-–—]\s|[\[(]?\d{1,2}:\d\d|(?:Q|A)[.:]\s|"
    r"[^\W\d_a-z][^\W\da-z.'’-]+(?: [^\W\da-z.'’-]+){0,4}(?:, [^:]{1,60})?:\s"
)
# Whoever says a quotation that opens a sentence must be named in it: "..., said Orlo" stands alone, "..., he said" not.
_QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")
_NO_NAME = re.compile(r"\b(?:he|she|they|it|his|her|who|said the)\b", re.IGNORECASE)
_BRACKETS = (("(", ")"), ("“", "”"), ("[", "]"))


@dataclass(frozen=True, slots=True)
class _Weights:
    """What counts in a text: `lead` and `repeat` are weights, `length` how far long sentences are held back.

    `pointing` is what a sentence costs that points to the one before it.
    """

    lead: float
    pointing: float
    length: float
    repeat: float
    words_max: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that can be taken; one that `leans` on the one before it can only follow it, and costs that much.

    `leans` is None if the sentence can be read alone.
    """

    at: int
    sentence: Sentence
    terms: Counter[str]
    norm: float
    rating: float
    leans: float | None


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
        free = [
            item
            for item in rated
            if item.at not in taken
            and (item.leans is None or item.at - 1 in taken)
            and item.sentence.text not in (other.sentence.text for other in taken.values())
        ]
        if not free:
            break
        best = max(free, key=lambda item: item.rating - (item.leans or 0.0) - _repeated(item, taken.values(), style))
        if _says_something(best.sentence.text):
            taken[best.at] = best
        else:
            rated.remove(best)
    if not taken:
        lines = (s for s in body if len(s.text) <= _CHARS_MAX and _WORD.search(s.text) and not is_data(s.text))
        whole = list(islice(lines, _FEWEST))
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
    return _Weights(
        lead=0.4 * news,
        pointing=_POINTING_COSTS * news,
        length=0.55 * news - 0.05,
        repeat=0.66 * news - 0.06,
        words_max=45 + 15 * unfolding,
    )


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
            _leaning_costs(sentence.text, style.pointing),
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
    """Tell whether it is a line of prose with all its marks, neither very short nor very long."""
    if not _WORDS_MIN <= len(text.split()) <= words_max:
        return False
    paired = all(text.count(one) == text.count(other) for one, other in _BRACKETS) and text.count('"') % 2 == 0
    return paired and text.rstrip("”\"')")[-1:] in ".!…"


def _says_something(text: str) -> bool:
    """Tell whether it is a sentence with a finite verb, and no greeting, teaser, table row, label or line of a log."""
    if _SALUTATION.match(text) or _MARKUP.match(text) or "|" in text or "\n>" in text:
        return False
    if _BOILERPLATE.search(text):
        return False
    return not _TEASER.search(text) and has_finite_verb(text) and not is_data(text)


def _leaning_costs(text: str, pointing: float) -> float | None:
    """Return how far a sentence leans on the one before it, most for "But he …"; None if it can be read alone."""
    if text[0] in '“"':
        outside = _QUOTED.sub(" ", text)
        if len(_WORD.findall(outside)) < 2 or _NO_NAME.search(outside):  # noqa: PLR2004 - a verb and a name
            return pointing
    elif text[0] in "'‘(":
        return pointing
    words = text.lstrip("“\"'‘")
    if not _DANGLING.match(words):
        return None
    if _POINTING.match(words):
        return pointing
    return _CONNECTED_COSTS if _CONNECTED.match(words) else _SAME_COSTS
