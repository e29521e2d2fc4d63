"""Feature extraction: compare a statement with what an article says, by counts that can be checked by hand."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property, lru_cache, reduce
from itertools import islice, pairwise
from operator import add
from typing import TYPE_CHECKING, Final

from subtext.analysis.faithfulness.markers import HEDGE, NEGATION, Marker
from subtext.analysis.faithfulness.mismatch_features import MismatchFeatures
from subtext.analysis.faithfulness.numbers import find_numbers, number_values
from subtext.analysis.faithfulness.stemming import stem, stem_all
from subtext.analysis.faithfulness.synonyms import Vocabulary, antonyms, is_negated_form_of, load_thesaurus
from subtext.analysis.faithfulness.token import is_content_word, normalize_words, tokenize, units_in
from subtext.domain.text.words import word_list, word_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from subtext.analysis.faithfulness.token import Token, TokenizedSentence
    from subtext.analysis.faithfulness.tokens import TokenizedText


_PASSIVE = re.compile(r"\bby\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”]{1,300})[\"”]")
_MAY_QUOTE = re.compile('["“]')
_NUMERAL = re.compile(r"\d")
_BEFORE_VERBS = word_set("to has have had been be is are was were will would could may might should must not")
# What a summary calls the article and whoever wrote it.
_OF_THE_TEXT = frozenset(
    map(stem, word_list("author authors writer columnist article text editorial column op-ed essay piece"))
)
_SCALE_WORDS = word_set("hundred thousand million billion trillion")
_SAME_SENTENCE = 0.8
_NOT_LESS = word_set("only just merely")
_PAIR = 2
_ROOT_MIN = 4
_MARK_REACH = 4
# Between the neighbors that a word shares with the passage stand at most this many others.
_SLOT_WORDS = 3


def extract_features_all(text: str, article: TokenizedText) -> MismatchFeatures:
    """Extract the mismatch features of all statements of a text, added up."""
    statements = [_Comparison(sentence, article).features() for sentence in tokenize(text)]
    return reduce(add, statements) if statements else MismatchFeatures()


def has_mismatch(text: str, article: TokenizedText, near: Sequence[int]) -> bool:
    """Tell whether any feature of a text's statements is not 0; they may well be sentences `near` of the article."""
    return any(_Comparison(sentence, article, near).has_mismatch() for sentence in tokenize(text))


def names_of(statement: TokenizedSentence, article: TokenizedText) -> list[Token]:
    """Return the names of a statement; its first word is one if it has a capital and is no word of English."""
    opening = [
        word
        for word in statement.words[:1]
        if word.is_content and word.text[0].isupper() and word.stem not in load_thesaurus().words and article.is_english
    ]
    return opening + [word for word in statement.words if word.is_name]


@lru_cache(maxsize=1)
def speech() -> Vocabulary:
    """Return what people do with words: a summary may call that what it likes."""
    return Vocabulary(map(stem, word_list("say argue write call believe think describe criticize praise")))


def content_overlap(statement: TokenizedSentence, passage: Vocabulary) -> float:
    """Measure the share of a statement's content words that a passage has, as they are or in a synonym.

    What the statement calls the article and its author does not count.
    """
    content = statement.content - _OF_THE_TEXT
    return passage.count_covered(content) / len(content) if content else 0.0


class _Comparison:
    """A statement beside the article's sentences that are nearest to it."""

    def __init__(self, statement: TokenizedSentence, article: TokenizedText, near: Sequence[int] = ()) -> None:
        self._statement, self._article = statement, article
        nearest = article.most_similar(statement, near)
        self._passage = list(islice(nearest, 1))
        first = Vocabulary(self._passage[0].stems if self._passage else ())
        self._is_same_sentence = bool(self._passage) and content_overlap(statement, first) >= _SAME_SENTENCE
        # If one sentence alone has nearly all that the statement says, the other could only hide a difference.
        if not self._is_same_sentence:
            self._passage += nearest
        self._passage_vocabulary = first if self._is_same_sentence else Vocabulary(self._passage_stems)
        self._everywhere = article.vocabulary

    def features(self) -> MismatchFeatures:
        return MismatchFeatures(*[float(count(self)) for count in _COUNTS])

    def has_mismatch(self) -> bool:
        return any(count(self) for count in _COUNTS)

    @cached_property
    def _passage_stems(self) -> list[str]:
        return [item for sentence in self._passage for item in sentence.stems]

    @cached_property
    def _missing(self) -> list[int]:
        """Return the numbers of the statement's words that the passage lacks."""
        known = self._passage_vocabulary.stems
        return [number for number, item in enumerate(self._statement.stems) if item not in known]

    def numbers(self) -> int:
        """Count numbers that the article does not have, and words such as "billions" that it lacks."""
        figures = find_numbers(self._statement.text) if self._statement.has_number else ()
        return sum(not figure.matches_any(self._article.numbers) for figure in figures) + self._scales()

    def _scales(self) -> int:
        """Count words such as "billions" that no number stands before and that the article lacks."""
        if _SCALE_WORDS.isdisjoint(self._statement.stems):
            return 0
        return sum(item in _SCALE_WORDS and item not in self._everywhere.stems for item in self._statement.stems)

    def units(self) -> int:
        """Count numbers that are in the article, but neither near nor before any of the words that follow them here."""
        if not self._statement.has_number:
            return 0
        counted = [
            (value, units)
            for value, units in units_in(self._statement.text)
            if value in self._article.numbers and units
        ]
        near = number_values(" ".join(sentence.text for sentence in self._passage)) if counted else frozenset()
        return sum(value not in near and units.isdisjoint(self._article.units[value]) for value, units in counted)

    def names(self) -> int:
        """Count names that the article does not have."""
        return sum(not self._article.has_name(word) for word in names_of(self._statement, self._article))

    def name_pairs(self) -> int:
        """Count names side by side that are apart in the article."""
        return len(self._article.unknown_pairs(self._statement))

    def quoted(self) -> int:
        """Count quotations whose words are not in the article."""
        quotations = _QUOTED.findall(self._statement.text) if _MAY_QUOTE.search(self._statement.text) else ()
        return sum(normalize_words(words) not in self._article.plain for words in quotations)

    def negates_more(self) -> bool:
        """Return whether the statement has more negations than the passage, or negates what the passage affirms."""
        if not NEGATION.positions(self._statement):
            return False
        if NEGATION.count_in(self._statement) > sum(map(NEGATION.count_in, self._passage)):
            return True
        ours = list(_marked_stems(self._statement, NEGATION))
        theirs = frozenset(
            item for sentence in self._passage for marked in _marked_stems(sentence, NEGATION) for item in marked
        )
        return any(
            theirs.isdisjoint(marked) and self._passage_vocabulary.stems.issuperset(marked[:1]) for marked in ours
        )

    def drops_negation(self) -> bool:
        """Return whether the nearest sentence denies what the statement says without a negation."""
        return self._dropped_marker(NEGATION) is not None

    def drops_hedge(self) -> bool:
        """Return whether the statement asserts what is the same sentence with a hedge in the article."""
        return self._is_same_sentence and self._is_asserted(self._dropped_marker(HEDGE))

    def _dropped_marker(self, mark: Marker) -> str | None:
        """Find the stem that has a marker, such as "not", in the nearest sentence and none in the statement."""
        if not self._passage or not mark.positions(self._passage[0]) or mark.is_in(self._statement):
            return None
        marked = (item for stems in _marked_stems(self._passage[0], mark) for item in stems[:1])
        return next((item for item in marked if item in self._statement.stems), None)

    def _is_asserted(self, item: str | None) -> bool:
        """Tell whether the statement says that a stem is done; "to do" says so of nothing."""
        stems = self._statement.stems
        return item is not None and ("to", item) not in pairwise(stems)

    def unknown(self) -> int:
        """Count missing words for things that the article has nothing to do with."""
        return sum(map(self._is_unknown, self._missing))

    def _is_unknown(self, number: int) -> bool:
        """Return whether a missing word names a thing that the article does not say more broadly or narrowly either."""
        word = self._statement.words[number]
        if not _is_thing(word):
            return False
        if word.stem in _OF_THE_TEXT or word.stem in load_thesaurus().others:
            return False
        if self._is_verb(number) or self._everywhere.is_related(word.stem):
            return False
        if any(_share_root(word.stem, item) for item in self._passage_vocabulary.stems):
            return False
        return self._article.is_english

    def _is_verb(self, number: int) -> bool:
        """Tell whether a word has the form or the place of a verb."""
        before = self._statement.words[number - 1].normalized if number else ""
        return before in _BEFORE_VERBS or self._statement.words[number].normalized.endswith(("ed", "ing"))

    def opposites(self) -> int:
        """Count the words whose opposite stands in the nearest sentence instead, or in their place anywhere near."""
        opposites = set(self._missing)
        if opposites:
            replaced = frozenset(self._passage[0].stems if self._passage else ()).difference(self._statement.stems)
            words = self._statement.words
            opposites = {number for number in self._missing if self._is_opposite(words[number], replaced)}
        known = self._passage_vocabulary.stems
        for number, item in enumerate(self._statement.stems):
            if not antonyms(item).isdisjoint(known) and self._is_reversed(number):
                opposites.add(number)
        return len(opposites)

    def _is_reversed(self, number: int) -> bool:
        """Return whether the passage has the opposite of a word in its place."""
        return load_thesaurus().has_antonym_in(self._statement.stems[number], self._in_place_of(number))

    def _is_opposite(self, word: Token, others: frozenset[str]) -> bool:
        """Return whether a missing word has its opposite or its negated form among others, and no synonym near."""
        if not others or not word.is_content or self._passage_vocabulary.covers(word.stem):
            return False
        return load_thesaurus().has_antonym_in(word.stem, others) or is_negated_form_of(word.stem, others)

    def _in_place_of(self, number: int) -> frozenset[str]:
        """Return the words that the passage has between the same two neighbors, none if the word is among them."""
        stems = self._statement.stems
        if not 0 < number < len(stems) - 1 or not self._passage_vocabulary.stems.issuperset(
            (stems[number - 1], stems[number + 1])
        ):
            return frozenset()
        slots = [
            self._passage_stems[at + 1 : end]
            for at in self._at[stems[number - 1]]
            for end in range(at + 2, min(at + 2 + _SLOT_WORDS, len(self._passage_stems)))
            if self._passage_stems[end] == stems[number + 1]
        ]
        return (
            frozenset()
            if any(stems[number] in slot for slot in slots)
            else frozenset(item for slot in slots for item in slot)
        )

    @cached_property
    def _at(self) -> defaultdict[str, list[int]]:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for at, item in enumerate(self._passage_stems):
            places[item].append(at)
        return places

    def is_swapped(self) -> bool:
        """Tell whether two names changed places in what is otherwise the same sentence, in the same voice."""
        if not self._is_same_sentence:
            return False
        source = self._passage[0]
        ours = [word.stem for word in self._statement.words if word.is_content and word.text[0].isupper()]
        if len(ours) != _PAIR or ours[0] == ours[1] or ours[::-1] != [item for item in source.stems if item in ours]:
            return False
        return bool(_PASSIVE.search(self._statement.text)) == bool(_PASSIVE.search(source.text))


# How each feature is counted, in the order of the fields.
_COUNTS: Final[Sequence[Callable[[_Comparison], float]]] = (
    _Comparison.numbers,
    _Comparison.units,
    _Comparison.names,
    _Comparison.name_pairs,
    _Comparison.quoted,
    _Comparison.negates_more,
    _Comparison.drops_negation,
    _Comparison.opposites,
    _Comparison.is_swapped,
    _Comparison.drops_hedge,
    _Comparison.unknown,
)


def _is_thing(word: Token) -> bool:
    """Return whether a word carries meaning, and is neither a name nor a number."""
    return word.is_content and not word.is_name and not _NUMERAL.match(word.text)


def _share_root(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _ROOT_MIN and (one.startswith(other) or other.startswith(one))


def _marked_stems(sentence: TokenizedSentence, mark: Marker) -> Iterator[list[str]]:
    """Return the content words that follow each word with a mark closely; "not only" marks nothing."""
    for number in mark.positions(sentence):
        reach = sentence.lower[number + 1 : number + 1 + _MARK_REACH]
        if not reach or reach[0] not in _NOT_LESS:
            yield stem_all(word for word in reach if is_content_word(word) and not NEGATION.is_word(word))
