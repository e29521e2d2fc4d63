"""Token: one word as the support check needs it, the tokens of a sentence, and those of a line of few sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.numbers import NUMBER_WORDS, figures_at, has_number
from subtext.analysis.faithfulness.stemming import stem, stem_all
from subtext.domain.text.sentences import split_sentences
from subtext.domain.text.words import WordTable, word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# How far after a number to look for what it counts.
_UNIT_CHARS, _UNIT_WORDS = 40, 3
# A statement is this long at most; what is longer is no line that is looked at from several sides.
_LINE_CHARS = 600
FUNCTION_WORDS = word_set(
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


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written, without its typography, its stem, and what it is."""

    text: str
    normalized: str
    stem: str
    is_content: bool
    is_name: bool


class TokenizedSentence:
    """The words of one sentence as written and in lower case; their stems and tokens are made when first needed."""

    def __init__(self, text: str, written: Sequence[str], lower: Sequence[str]) -> None:
        self.text, self.lower, self._written = text, lower, written

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Return the token of each word."""
        opening = [build_token(self._written[0], opens=True)] if self._written else []
        return (*opening, *map(build_token, self._written[1:]))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Return the stem of each word."""
        return tuple(stem_all(self.lower))

    @cached_property
    def has_number(self) -> bool:
        """Return whether a word has a digit, or is or holds a number in letters."""
        return not NUMBER_WORDS.isdisjoint(self.lower) or any(
            has_number(word) for word in self.lower if not word.isalpha()
        )

    @cached_property
    def plain(self) -> str:
        """Return the words without typography, with a blank between them."""
        return " ".join(self.lower)

    @cached_property
    def content(self) -> frozenset[str]:
        """Return the stems of the words that carry meaning."""
        return frozenset(stem_all(frozenset(self.lower) - FUNCTION_WORDS))


@lru_cache(maxsize=65_536)
def build_token(text: str, *, opens: bool = False) -> Token:
    """Build the token of a word; `opens` says that it is the first of its sentence."""
    lower = text.lower().replace("’", "'")
    content = is_content_word(lower)
    # A capital at the beginning of a sentence names nobody.
    is_name = content and not opens and text[0].isupper()
    return Token(text, lower, stem(lower), content, is_name)


def is_content_word(word: str) -> bool:
    """Tell whether a lower-case word carries meaning of its own."""
    return word not in FUNCTION_WORDS


def units_in(text: str) -> Iterator[tuple[float, frozenset[str]]]:
    """Find each number of a text, with the stems of the content words among the next three."""
    for figure, end in figures_at(text):
        words = map(build_token, WordTable(text[end : end + _UNIT_CHARS]).written[:_UNIT_WORDS])
        yield figure.value, frozenset([word.stem for word in words if word.is_content])


def tokenize(text: str) -> tuple[TokenizedSentence, ...]:
    """Tokenize a line of text, and give its sentences that have a word."""
    return _tokenize_cached(text) if len(text) <= _LINE_CHARS else _tokenize(text)


def _tokenize(text: str) -> tuple[TokenizedSentence, ...]:
    words, sentences = WordTable(text), split_sentences(text)
    firsts = words.first_in([(sentence.start, sentence.end) for sentence in sentences])
    runs = zip(sentences, pairwise(firsts), strict=True)
    return tuple(
        [
            TokenizedSentence(sentence.text, words.written[first:end], words.lower[first:end])
            for sentence, (first, end) in runs
            if first < end
        ]
    )


# A statement is looked at from several sides, one after the other.
_tokenize_cached = lru_cache(maxsize=256)(_tokenize)


def normalize_words(text: str) -> str:
    """Return the words of a text in lower case, each between blanks: to look for a wording whatever its typography."""
    return f" {' '.join(WordTable(text).lower)} "
