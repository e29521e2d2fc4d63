"""Signs: what tells a statement apart from what an article says, each a number that a reader can check by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from itertools import pairwise
from operator import add, attrgetter
from typing import TYPE_CHECKING

from subtext.analyst.figures import figures
from subtext.analyst.meanings import Vocabulary, meanings, negated_form
from subtext.analyst.stems import listed
from subtext.analyst.wording import plain, sentences_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.analyst.wording import Sentence, Word, Wording

_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|unable|unlikely|fail(?:s|ed)?|den(?:y|ies|ied))\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|would|plans?|planned|alleged(?:ly)?|reported(?:ly)?|possibl[ey]|likely|threat(?:en|ens|ened))\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\bby\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”]{1,300})[\"”]")
_NUMERAL = re.compile(r"\d")
_BEFORE_VERBS = frozenset(listed("to has have had been be is are was were will would could may might should must not"))
_SAME_SENTENCE = 0.8
_PAIR = 2
_MARK_REACH = 4


@dataclass(frozen=True, slots=True)
class Signs:
    """How a statement differs from the article's nearest sentences; 0 everywhere: it says nothing else.

    Counts of numbers, names and quoted words that the article does not have; of negations added or dropped; of words
    whose opposite, or whose negated form, stands there instead; of other words that the article has in no form (except
    where they can be verbs, which paraphrase swaps freely) and of words put into the place of another. `near_copy` is
    the share of word pairs that were copied where not all words were: the closer the copy, the more a change means.
    """

    numbers: float = 0.0
    names: float = 0.0
    quoted: float = 0.0
    negation_added: float = 0.0
    negation_dropped: float = 0.0
    opposites: float = 0.0
    negated_forms: float = 0.0
    foreign_words: float = 0.0
    replaced_words: float = 0.0
    near_copy: float = 0.0
    swapped: float = 0.0
    hedge_dropped: float = 0.0

    def __add__(self, other: Signs) -> Signs:
        """The sum, sign by sign."""
        return Signs(*map(add, values_of(self), values_of(other)))


SIGN_NAMES = tuple(field.name for field in fields(Signs))
_VALUES = attrgetter(*SIGN_NAMES)


def values_of(signs: Signs) -> tuple[float, ...]:
    """The signs as numbers, in the order of `SIGN_NAMES`."""
    values: tuple[float, ...] = _VALUES(signs)
    return values


def signs_of(statement: Sentence, article: Wording) -> Signs:
    """The signs of one statement."""
    return _Comparison(statement, article).signs()


def signs_of_all(text: str, article: Wording) -> Signs:
    """The signs of all statements of a text, added up."""
    return sum((signs_of(sentence, article) for sentence in sentences_of(text)), Signs())


def covered(statement: Sentence, passage: Sequence[Sentence]) -> float:
    """The share of a statement's content words that stand in a passage, itself or in a word for the same."""
    passages = Vocabulary(item for sentence in passage for item in sentence.stems)
    found = sum(passages.has(item) for item in statement.content)
    return found / len(statement.content) if statement.content else 0.0


class _Comparison:
    """A statement beside the article's sentences that are nearest to it."""

    def __init__(self, statement: Sentence, article: Wording) -> None:
        self._statement, self._article = statement, article
        self._passage = article.nearest(statement)
        self._flow = [item for sentence in self._passage for item in sentence.stems]
        self._near = Vocabulary(self._flow)
        self._everywhere = article.vocabulary

    def signs(self) -> Signs:
        missing = [number for number, word in enumerate(self._statement.words) if self._is_missing(word)]
        others = [number for number in missing if not self._statement.words[number].is_name]
        stems = [self._statement.stems[number] for number in missing]
        return Signs(
            numbers=sum(not figure.is_among(self._article.figures) for figure in figures(self._statement.text)),
            names=sum(self._is_foreign(n) for n in missing if self._statement.words[n].is_name),
            quoted=sum(plain(words) not in self._article.plain for words in _QUOTED.findall(self._statement.text)),
            negation_added=float(_negated(self._statement) and not any(map(_negated, self._passage))),
            negation_dropped=float(self._lifted(_NEGATION) is not None),
            opposites=self._opposites(),
            negated_forms=sum(negated_form(item, self._near.stems) for item in stems),
            foreign_words=sum(self._is_foreign(number) and not self._is_verb(number) for number in others),
            replaced_words=sum(self._is_replaced(n) for n in others if not (self._is_foreign(n) and self._is_verb(n))),
            near_copy=self._copied() if missing else 0.0,
            swapped=float(self._is_swapped()),
            hedge_dropped=float(self._is_same_sentence() and self._is_certain(self._lifted(_HEDGE))),
        )

    def _is_missing(self, word: Word) -> bool:
        if not word.is_content or _NUMERAL.match(word.text):
            return False
        return not self._near.has(word.stem)

    def _is_foreign(self, number: int) -> bool:
        return not self._everywhere.has(self._statement.stems[number])

    def _lifted(self, mark: re.Pattern[str]) -> str | None:
        """The stem that has a mark, such as "not", in the nearest sentence and none in the statement."""
        if mark.search(self._statement.text) or not self._passage:
            return None
        words = self._passage[0].words
        for number, word in enumerate(words):
            if mark.search(word.text):
                reach = words[number + 1 : number + 1 + _MARK_REACH]
                marked = next(
                    (other.stem for other in reach if other.is_content and not _NEGATION.search(other.text)), None
                )
                if marked in self._statement.stems:
                    return marked
        return None

    def _is_certain(self, item: str | None) -> bool:
        """Whether the statement says that a stem is done; "to do" says so of nothing."""
        stems = self._statement.stems
        return item is not None and ("to", item) not in pairwise(stems)

    def _opposites(self) -> int:
        """How many words stand where the nearest sentence has their opposite."""
        replaced = frozenset(self._passage[0].stems if self._passage else ()).difference(self._statement.stems)
        return sum(
            meanings().contrary(word.stem, replaced)
            for word in self._statement.words
            if word.stem not in self._near.stems
        )

    def _is_verb(self, number: int) -> bool:
        """Whether a word has the form or the place of a verb."""
        word = self._statement.words[number]
        before = self._statement.words[number - 1].text.lower() if number else ""
        return before in _BEFORE_VERBS or word.text.lower().endswith(("ed", "ing"))

    def _is_replaced(self, number: int) -> bool:
        """Whether the words on both sides of a word stand in the passage with another word between them."""
        stems, flow = self._statement.stems, self._flow
        if not 0 < number < len(stems) - 1:
            return False
        before, after = stems[number - 1], stems[number + 1]
        return any(item == before and after in flow[at + 2 : at + 4] for at, item in enumerate(flow))

    def _copied(self) -> float:
        pairs = list(zip(self._statement.stems, self._statement.stems[1:], strict=False))
        theirs = set(zip(self._flow, self._flow[1:], strict=False))
        return sum(pair in theirs for pair in pairs) / len(pairs) if pairs else 0.0

    def _is_swapped(self) -> bool:
        """Whether two names changed places in what is otherwise the same sentence, in the same voice."""
        if not self._is_same_sentence():
            return False
        source = self._passage[0]
        ours = [word.stem for word in self._statement.words if word.text[0].isupper() and word.is_content]
        theirs = [item for item in source.stems if item in ours]
        if len(ours) != _PAIR or len(theirs) != _PAIR or ours != theirs[::-1] or len(set(ours)) != _PAIR:
            return False
        return bool(_PASSIVE.search(self._statement.text)) == bool(_PASSIVE.search(source.text))

    def _is_same_sentence(self) -> bool:
        return bool(self._passage) and covered(self._statement, self._passage[:1]) >= _SAME_SENTENCE


def _negated(sentence: Sentence) -> bool:
    return _NEGATION.search(sentence.text) is not None
