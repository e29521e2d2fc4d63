"""Wording: a text as sentences of stems, figures and names, made once and compared many times.

English rules for stems and function words; other languages pass through unchanged, and scripts without spaces go by
characters. Linear in the text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.analyst.figures import figures_in
from subtext.analyst.meanings import Vocabulary
from subtext.analyst.stems import listed, stem

if TYPE_CHECKING:
    from collections.abc import Iterable

# A text without full stops must not make one sentence of itself: sentences are compared more than once.
_SENTENCE_WORDS_MAX = 200
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"(?=\w)[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’.-][^\W_{_UNSPACED}]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”’')]{0,3}\s+(?=[\"“‘'(]?[^\W_a-z])|(?<=[。！？])|[\r\n]+|\s{2,}")  # noqa: RUF001
_FUNCTION_WORDS = frozenset(
    listed(
        "a an the of to in on at by for from with as and or but that this these those it its he she they them "
        "his her their i we you our your is are was were be been being has have had do does did will would "
        "can could may might shall should must not no nor so if than then there here who whom which what when "
        "where why how into out up down over under about after before between during through while because "
        "since such some any all each other more most very just only own same said says say"
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as written, its stem, and what it is."""

    text: str
    stem: str
    is_content: bool
    is_name: bool


@dataclass(frozen=True)
class Sentence:
    """The words of one sentence, at most 200."""

    text: str
    words: tuple[Word, ...]

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stem of each word, in order."""
        return tuple(word.stem for word in self.words)

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems of the words that carry meaning."""
        return frozenset(word.stem for word in self.words if word.is_content)


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """The sentences that have a word; a longer one than 200 words counts as several."""
    return tuple(sentence for piece in _SENTENCE.split(text) for sentence in _parts(piece))


def _parts(piece: str) -> Iterable[Sentence]:
    found = list(_WORD.finditer(piece))
    for first in range(0, len(found), _SENTENCE_WORDS_MAX):
        part = found[first : first + _SENTENCE_WORDS_MAX]
        words = tuple(_word(match[0], opens=number == 0) for number, match in enumerate(part, first))
        # With the marks around its words: a sentence may open with a quotation.
        begin = part[0].start() if first else 0
        end = part[-1].end() if first + len(part) < len(found) else len(piece)
        yield Sentence(piece[begin:end].strip(), words)


def _word(text: str, *, opens: bool) -> Word:
    lower = text.lower()
    content = is_content(lower)
    return Word(text, stem(lower), content, content and not opens and text[0].isupper())


def is_content(word: str) -> bool:
    """Whether a lower-case word carries meaning of its own."""
    return word not in _FUNCTION_WORDS


class Wording:
    """An article's sentences, and which of them a statement is nearest to."""

    def __init__(self, text: str) -> None:
        self.sentences = sentences_of(text)
        self.plain = plain(text)
        self.figures = figures_in(text)
        self._where: dict[str, list[int]] = {}
        for number, sentence in enumerate(self.sentences):
            for item in sentence.content:
                self._where.setdefault(item, []).append(number)

    @cached_property
    def whole(self) -> frozenset[str]:
        """The plain words of each sentence."""
        return frozenset(plain(sentence.text) for sentence in self.sentences)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of the article."""
        return Vocabulary(item for sentence in self.sentences for item in sentence.stems)

    def weight(self, item: str) -> float:
        """How telling a stem is in this article: the rarer the more, 0 where it is not in it."""
        found = len(self._where.get(item, ()))
        return math.log(1 + len(self.sentences) / found) if found else 0.0

    def nearest(self, statement: Sentence) -> tuple[Sentence, ...]:
        """The sentence that shares most with a statement, then the one that adds most of what is left; or nothing."""
        first = self._best(statement.content, ())
        if first is None:
            return ()
        second = self._best(statement.content - self.sentences[first].content, (first,))
        return tuple(self.sentences[number] for number in (first, second) if number is not None)

    def _best(self, wanted: frozenset[str], but: tuple[int, ...]) -> int | None:
        scores: dict[int, float] = {}
        for item in sorted(wanted):
            weight = self.weight(item)
            for number in self._where.get(item, ()):
                scores[number] = scores.get(number, 0.0) + weight
        for number in but:
            scores.pop(number, None)
        return min(scores, key=lambda number: (-scores[number], number), default=None)


def plain(text: str) -> str:
    """The words of a text in lower case, each between blanks: to look for a wording whatever its typography."""
    return f" {' '.join(match[0].lower().replace('’', chr(39)) for match in _WORD.finditer(text))} "
