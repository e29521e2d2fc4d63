"""Wording: a text as sentences of stems, figures and names, made once and compared many times.

English rules for stems and function words; other languages pass through unchanged, and scripts without spaces go by
characters. Linear in the text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Self

from subtext.analysis.faithfulness.numbers import figures_at, number_values
from subtext.analysis.faithfulness.stemming import stem, words
from subtext.analysis.faithfulness.synonyms import Vocabulary, load_thesaurus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A text without full stops must not make one sentence of itself: sentences are compared more than once.
_SENTENCE_WORDS_MAX = 200
_LINE_CHARS = 600
# How far after a number to look for what it counts.
_UNIT_CHARS, _UNIT_WORDS = 40, 3
_ENGLISH_FROM = 0.6
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"(?=\w)[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’.-][^\W_{_UNSPACED}]+)*")
# Begins with one class of characters, which the regex engine looks for fast; what was found tells which edge it may be.
_EDGE = re.compile(
    r"[.!?\s。！？](?:(?<=[.!?])(?P<stop>[\"”’')]{0,3}\s+(?=[\"“‘'(]?[^\W_a-z]))|(?<=[。！？])(?P<full>)"  # noqa: RUF001
    r"|(?<=[\r\n])[\r\n]*|(?<=\s)\s+)"
)
_FUNCTION_WORDS = frozenset(
    words(
        "a an the of to in on at by for from with as and or but that this these those it its he she they them "
        "his her their i we you our your is are was were be been being has have had do does did will would "
        "can could may might shall should must not no nor so if than then there here who whom which what when "
        "where why how into out up down over under about after before between during through while because "
        "since such some any all each other more most very just only own same said says say "
        "me us him my mine hers ours theirs yours myself itself himself herself themselves ourselves yourself whose "
        "among amid against across along around behind below beneath beside besides beyond despite except inside near "
        "off onto outside per throughout toward towards unlike until unless upon via within without although though "
        "whereas whether yet also too cannot don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't "
        "couldn't shouldn't hasn't haven't hadn't"
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written, without its typography, its stem, and what it is."""

    text: str
    normalized: str
    stem: str
    is_content: bool
    is_name: bool


@dataclass(frozen=True)
class TokenizedSentence:
    """The words of one sentence, at most 200; `plain` as `plain` gives them, without the blanks at the ends."""

    text: str
    words: tuple[Token, ...]
    stems: tuple[str, ...]
    plain: str

    @classmethod
    def of(cls, text: str, words: tuple[Token, ...]) -> Self:
        """A sentence of these words."""
        return cls(text, words, tuple([word.stem for word in words]), " ".join([word.normalized for word in words]))

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems of the words that carry meaning."""
        return frozenset([word.stem for word in self.words if word.is_content])


def tokenize(text: str) -> tuple[TokenizedSentence, ...]:
    """The sentences that have a word; a longer one than 200 words counts as several."""
    return _tokenize_cached(text) if len(text) <= _LINE_CHARS else _of_text(text)


def _of_text(text: str) -> tuple[TokenizedSentence, ...]:
    return tuple([sentence for piece in _pieces(text) for sentence in _parts(piece)])


# A statement is looked at from several sides, one after the other.
_tokenize_cached = lru_cache(maxsize=256)(_of_text)


def _pieces(text: str) -> Iterator[str]:
    """The text between the edges: a stop belongs to what it ends, white space and closing marks to nothing."""
    begin = 0
    for edge in _EDGE.finditer(text):
        yield text[begin : edge.start() + (edge.lastgroup is not None)]
        begin = edge.end()
    yield text[begin:]


def _parts(piece: str) -> Iterable[TokenizedSentence]:
    found = _WORD.findall(piece)
    if len(found) > _SENTENCE_WORDS_MAX:
        yield from _long_parts(piece)
    elif found:
        yield TokenizedSentence.of(piece.strip(), _words(found))


def _long_parts(piece: str) -> Iterable[TokenizedSentence]:
    found = list(_WORD.finditer(piece))
    for first in range(0, len(found), _SENTENCE_WORDS_MAX):
        part = found[first : first + _SENTENCE_WORDS_MAX]
        # With the marks around its words: a sentence may open with a quotation.
        begin = part[0].start() if first else 0
        end = part[-1].end() if first + len(part) < len(found) else len(piece)
        yield TokenizedSentence.of(piece[begin:end].strip(), _words([match[0] for match in part], opens=first == 0))


def _words(found: list[str], *, opens: bool = True) -> tuple[Token, ...]:
    return (_word(found[0], opens=opens), *[_word(text) for text in found[1:]])


@lru_cache(maxsize=65_536)
def _word(text: str, *, opens: bool = False) -> Token:
    lower = text.lower()
    content = is_content_word(lower.replace("’", "'"))
    # A capital at the beginning of a sentence names nobody.
    is_name = content and not opens and text[0].isupper()
    return Token(text, lower.replace("’", "'"), stem(lower), content, is_name)


def is_content_word(word: str) -> bool:
    """Whether a lower-case word carries meaning of its own."""
    return word not in _FUNCTION_WORDS


class TokenizedText:
    """An article's sentences, and which of them a statement is nearest to."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def sentences(self) -> tuple[TokenizedSentence, ...]:
        """The sentences that have a word, in order."""
        return tokenize(self._text)

    @cached_property
    def plain(self) -> str:
        """The words of the whole text, as `plain` gives them."""
        return f" {' '.join([sentence.plain for sentence in self.sentences])} "

    @cached_property
    def numbers(self) -> frozenset[float]:
        """The values of all its numbers."""
        return number_values(self._text)

    @cached_property
    def sentence_set(self) -> frozenset[str]:
        """The plain words of each sentence."""
        return frozenset([sentence.plain for sentence in self.sentences])

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every word of the article."""
        return Vocabulary(chain.from_iterable([sentence.stems for sentence in self.sentences]))

    @cached_property
    def units(self) -> dict[float, frozenset[str]]:
        """Return the stems that follow each of its numbers, wherever it stands."""
        units = dict.fromkeys(self.numbers, frozenset[str]())
        for value, following in units_in(self._text):
            units[value] |= following
        return units

    @cached_property
    def is_english(self) -> bool:
        """Return whether most of its words are in the list of English words: then a word that is not is telling."""
        words = frozenset(
            [
                word.stem
                for sentence in self.sentences
                for word in sentence.words
                if word.is_content and not word.is_name
            ]
        )
        return len(words & load_thesaurus().words) >= _ENGLISH_FROM * len(words)

    def has_name(self, word: Token) -> bool:
        """Return whether a name stands in the article, in another form, or as the initials of names in a row."""
        return self.vocabulary.covers(word.stem) or (
            word.text.isupper() and word.text.replace(".", "") in self._initials
        )

    def unknown_pairs(self, statement: TokenizedSentence) -> frozenset[tuple[str, str]]:
        """Return the names that stand side by side in a statement, and in the article only apart."""
        names = frozenset([word.stem for word in statement.words if word.is_name])
        pairs = frozenset([pair for pair in _capital_pairs(statement) if names.issuperset(pair)])
        return (
            frozenset([pair for pair in pairs - self.pairs if self.vocabulary.stems.issuperset(pair)])
            if pairs
            else pairs
        )

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return the stems of words with a capital that stand side by side."""
        return frozenset(chain.from_iterable(map(_capital_pairs, self.sentences)))

    @cached_property
    def _initials(self) -> str:
        """Return the first letters of names in a row, a blank between one row and the next."""
        words = chain.from_iterable([sentence.words for sentence in self.sentences])
        return "".join([word.text[0] if word.text[0].isupper() else " " for word in words if word.text != "of"])

    @cached_property
    def _where(self) -> dict[str, list[int]]:
        where: dict[str, list[int]] = {}
        for number, sentence in enumerate(self.sentences):
            for item in sentence.content:
                where.setdefault(item, []).append(number)
        return where

    def weight(self, item: str) -> float:
        """How telling a stem is in this article: the rarer the more, 0 where it is not in it."""
        found = len(self._where.get(item, ()))
        return math.log(1 + len(self.sentences) / found) if found else 0.0

    def most_similar(self, statement: TokenizedSentence) -> tuple[TokenizedSentence, ...]:
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


def units_in(text: str) -> Iterator[tuple[float, frozenset[str]]]:
    """Each number of a text with the stems of the content words among the next three."""
    for figure, end in figures_at(text):
        words = map(_word, _WORD.findall(text[end : end + _UNIT_CHARS])[:_UNIT_WORDS])
        yield figure.value, frozenset([word.stem for word in words if word.is_content])


def _capital_pairs(sentence: TokenizedSentence) -> Iterator[tuple[str, str]]:
    for first, second in pairwise(sentence.words):
        if first.text[0].isupper() and second.text[0].isupper() and f"{first.text} {second.text}" in sentence.text:
            yield first.stem, second.stem


def normalize_words(text: str) -> str:
    """The words of a text in lower case, each between blanks: to look for a wording whatever its typography."""
    return f" {' '.join([_word(word).normalized for word in _WORD.findall(text)])} "
