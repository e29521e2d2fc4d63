"""Tokens: the words of a prepared text as the support check needs them, with stems, numbers and names.

English rules for stems and function words; other languages pass through unchanged, and scripts without spaces go by
characters. Linear in the text: columns of words are made in bulk, tokens only of the sentences that are looked at.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.numbers import NUMBER_WORDS, may_be_number, number_values
from subtext.analysis.faithfulness.passage import Passage, is_initials
from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.faithfulness.synonyms import Vocabulary, load_thesaurus
from subtext.analysis.faithfulness.token import FUNCTION_WORDS, TokenizedSentence, units_in
from subtext.analysis.stems import StemTable
from subtext.domain.text.prepared import mask_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subtext.analysis.faithfulness.token import Token
    from subtext.domain.evidence import Span
    from subtext.domain.text.prepared import PreparedText

_ENGLISH_FROM = 0.6
# Longer words are rarer.
_STEMS_TRIED = 3


class TokenizedText:
    """An article's words by sentence, and which sentences a statement is nearest to.

    Nothing that lies in the spans of `without` counts as said.
    """

    def __init__(self, prepared: PreparedText, without: Iterable[Span] = ()) -> None:
        self._prepared = prepared
        self._without = tuple(without)
        self._tokenized: dict[int, TokenizedSentence] = {}

    @cached_property
    def text(self) -> str:
        """Return the text with blanks for what does not count, so that every offset stays."""
        return mask_spans(self._prepared.text, self._without)

    @cached_property
    def _masked(self) -> frozenset[int]:
        """Return the numbers of the words that do not count."""
        return frozenset(chain.from_iterable([range(run.start, run.stop) for run in self._masked_runs]))

    @cached_property
    def _masked_runs(self) -> list[slice]:
        return [self._prepared.words_between(span.start, span.end) for span in sorted(self._without)]

    @cached_property
    def _masked_sentences(self) -> frozenset[int]:
        """Return the numbers of the sentences in which something does not count."""
        runs = [self._prepared.sentences_between(span.start, span.end) for span in self._without]
        return frozenset(chain.from_iterable(runs))

    def _unmasked(self, column: list[str]) -> list[str]:
        if not self._masked_runs:
            return column
        items: list[str] = []
        done = 0
        for run in self._masked_runs:
            items += column[done : run.start]
            done = max(done, run.stop)
        return items + column[done:]

    @cached_property
    def _written(self) -> list[str]:
        return self._unmasked(self._prepared.words.written)

    def sentence(self, number: int) -> TokenizedSentence:
        """Return a sentence by its number, without the words that do not count."""
        if number not in self._tokenized:
            sentence = self._prepared.sentences[number]
            run = self._run(number)
            words = self._prepared.words.written_in(run, sentence.start, sentence.end)
            text = sentence.text
            if number in self._masked_sentences:
                words = [word for at, word in enumerate(words, run.start) if at not in self._masked]
                text = self.text[sentence.start : sentence.end].strip()
            self._tokenized[number] = TokenizedSentence(text, words, self._lower_in(number))
        return self._tokenized[number]

    def _run(self, number: int) -> slice:
        return slice(*self._prepared.first_words[number : number + 2])

    def _lower_in(self, number: int) -> list[str]:
        run = self._run(number)
        words = self._prepared.words.lower[run]
        if number not in self._masked_sentences:
            return words
        return [word for at, word in enumerate(words, run.start) if at not in self._masked]

    def _number_of(self, at: int) -> int:
        """Return the number of the sentence that a word stands in."""
        return bisect_right(self._prepared.first_words, at) - 1

    @cached_property
    def sentences(self) -> tuple[TokenizedSentence, ...]:
        """Return the sentences that have a word, in order."""
        sentences = map(self.sentence, range(len(self._prepared.sentences)))
        return tuple([sentence for sentence in sentences if sentence.lower])

    def passage(self, spans: Iterable[Span], before: int = 0, after: int = 0) -> Passage:
        """Return the sentences that spans lie in, and so many before and after each."""
        numbers: dict[int, None] = {}
        for span in spans:
            inside = self._prepared.sentences_between(span.start, span.end)
            numbers.update(dict.fromkeys(range(max(0, inside.start - before), inside.stop + after)))
        return Passage(self, [number for number in numbers if number < len(self._prepared.sentences)])

    @cached_property
    def plain(self) -> str:
        """Return the words of the whole text, each between blanks, without typography."""
        return f" {' '.join(self._unmasked(self._prepared.words.lower))} "

    def has_words(self, words: list[str]) -> bool:
        """Tell whether lower-case words stand one after the other; a headline does so at the beginning."""
        if words and self._prepared.words.lower[: len(words)] == words and self._masked.isdisjoint(range(len(words))):
            return True
        return f" {' '.join(words)} " in self.plain

    def has_sentences(self, plain: str) -> bool:
        """Tell whether words without typography are one sentence of the article, or several in a row."""
        words = plain.split(" ")
        is_known = self._prepared.words.vocabulary.issuperset(words)
        return is_known and f" {plain} " in self.plain and self._is_whole(words)

    def _is_whole(self, words: list[str]) -> bool:
        lower, firsts = self._prepared.words.lower, frozenset(self._prepared.first_words)
        return any(
            lower[at : at + 1] == words[:1]
            and at + len(words) in firsts
            and lower[at : at + len(words)] == words
            and self._masked.isdisjoint(range(at, at + len(words)))
            for at in firsts
        )

    @cached_property
    def numbers(self) -> frozenset[float]:
        """Return the values of all its numbers."""
        return frozenset[float]().union(*map(number_values, self._sentences_with_numbers))

    @cached_property
    def _sentences_with_numbers(self) -> list[str]:
        words = self._prepared.words
        candidates = (words.vocabulary & NUMBER_WORDS).union(filter(may_be_number, words.compounds))
        places = chain.from_iterable(map(words.places, candidates))
        numbers = sorted(set(map(self._number_of, places)))
        sentences = [self._prepared.sentences[number] for number in numbers]
        return [self.text[sentence.start : sentence.end] for sentence in sentences]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Return every word of the article."""
        stems = self._table.stems
        return Vocabulary(stems - self._masked_stems if self._without else stems)

    @property
    def _masked_stems(self) -> frozenset[str]:
        """Return the stems that only words have which do not count."""
        words = self._prepared.words
        masked = frozenset(chain.from_iterable([words.lower[run] for run in self._masked_runs]))
        lost = {word for word in masked if self._masked.issuperset(words.places(word))}
        return frozenset([item for item in stem_all(lost) if lost.issuperset(self._table.words(item))])

    @cached_property
    def units(self) -> dict[float, frozenset[str]]:
        """Return the stems that follow each of its numbers, wherever it stands."""
        units = dict.fromkeys(self.numbers, frozenset[str]())
        for sentence in self._sentences_with_numbers:
            for value, following in units_in(sentence):
                units[value] |= following
        return units

    @cached_property
    def is_english(self) -> bool:
        """Return whether most of its words are in the list of English words: then a word that is not is telling."""
        lower = self._prepared.words.lower
        openers = frozenset([at for at in self._prepared.first_words if at < len(lower)]) - self._masked
        words = {lower[at] for at in openers} | (self._prepared.words.vocabulary & frozenset(self._written))
        stems = frozenset(stem_all(words - FUNCTION_WORDS))
        return len(stems & load_thesaurus().words) >= _ENGLISH_FROM * len(stems)

    def has_name(self, word: Token) -> bool:
        """Tell whether a name stands in the article, in another form, or as the initials of names in a row."""
        return self.vocabulary.covers(word.stem) or (word.text.isupper() and is_initials(word.text, self._written))

    def unknown_pairs(self, statement: TokenizedSentence) -> frozenset[tuple[str, str]]:
        """Return the names that stand side by side in a statement, and in the article only apart."""
        names = frozenset([word.stem for word in statement.words if word.is_name])
        if not names:
            return frozenset()
        pairs = frozenset([pair for pair in _capital_pairs(statement) if names.issuperset(pair)])
        known = self.vocabulary.stems
        return frozenset(
            [(one, other) for one, other in pairs if known.issuperset((one, other)) and other not in self._after(one)]
        )

    def neighbors(self, item: str) -> frozenset[str]:
        """Return the stems of the words with a capital that stand beside a stem with a capital."""
        lower = self._prepared.words.lower
        before = [lower[at - 1] for at in self._table.positions(item) if self._is_pair(at - 1)]
        return self._after(item).union(stem_all(before))

    def _after(self, item: str) -> frozenset[str]:
        lower = self._prepared.words.lower
        return frozenset(stem_all([lower[at + 1] for at in self._table.positions(item) if self._is_pair(at)]))

    def _is_pair(self, at: int) -> bool:
        """Tell whether a word and the next have a capital, and nothing but a blank between them."""
        written = self._prepared.words.written
        if at < 0 or at + 1 >= len(written) or not (written[at][0].isupper() and written[at + 1][0].isupper()):
            return False
        return self._masked.isdisjoint((at, at + 1)) and self._is_beside(at)

    def _is_beside(self, at: int) -> bool:
        """Tell whether nothing but a blank stands between a word and the next."""
        prepared, number = self._prepared, self._number_of(at)
        start = prepared.words.find_start(at, prepared.first_words[number], prepared.sentences[number].start)
        end = start + len(prepared.words.written[at])
        return self.text[end] == " " and prepared.text.startswith(prepared.words.written[at + 1], end + 1)

    @cached_property
    def _table(self) -> StemTable:
        return self._prepared.derive(StemTable)

    def _sentences_with(self, item: str) -> list[int]:
        """Return the numbers of the sentences in which a stem carries meaning, once each."""
        places, firsts = self._table.telling_positions(item), self._prepared.first_words
        if self._without:
            places = [at for at in places if at not in self._masked]
        numbers = [bisect_right(firsts, at) - 1 for at in places]
        return numbers if len(numbers) < 2 else list(dict.fromkeys(numbers))  # noqa: PLR2004 - one cannot stand twice

    def weight(self, item: str) -> float:
        """Weigh a stem by how telling it is in this article: the rarer the more, 0 if it is not in it."""
        return self._weight(len(self._sentences_with(item)))

    def _weight(self, count: int) -> float:
        return math.log(1 + len(self._prepared.sentences) / count) if count else 0.0

    def most_similar(self, statement: TokenizedSentence, near: Iterable[int] = ()) -> Iterator[TokenizedSentence]:
        """Yield the sentence that shares most with a statement (`near` are tried first), then the best for the rest."""
        for number in near:
            if self._is_nearest(statement, number):
                yield self.sentence(number)
                return
        numbers = {item: self._sentences_with(item) for item in sorted(statement.content)}
        first = self._best(numbers.values())
        if first is None:
            return
        yield self.sentence(first)
        rest = statement.content - self.sentence(first).content
        second = self._best([where for item, where in numbers.items() if item in rest], but=first)
        if second is not None:
            yield self.sentence(second)

    def _is_nearest(self, statement: TokenizedSentence, number: int) -> bool:
        """Tell, without a look at the others, whether a sentence shares most with a statement; False if unsure."""
        # It does if it has all that the article has of the statement, and no sentence before it has one of these stems.
        shared = statement.content & self.sentence(number).content
        if not shared or not self.vocabulary.stems.isdisjoint(statement.content - shared):
            return False
        words, start = self._prepared.words, self._prepared.sentences[number].start
        # A stem is the beginning of each of its words, but for its last letter.
        return any(words.lacks_before(item[:-1], start) for item in sorted(shared, key=len)[-_STEMS_TRIED:])

    def _best(self, places: Iterable[Sequence[int]], but: int | None = None) -> int | None:
        """Return the sentence that has the most telling of some stems, by the sentences that have each."""
        scores: defaultdict[int, float] = defaultdict(float)
        for numbers in places:
            weight = self._weight(len(numbers))
            for number in numbers:
                scores[number] += weight
        if but is not None:
            scores.pop(but, None)
        most = max(scores.values(), default=0.0)
        return min([number for number, score in scores.items() if score == most], default=None)


def _capital_pairs(sentence: TokenizedSentence) -> Iterator[tuple[str, str]]:
    for first, second in pairwise(sentence.words):
        if first.text[0].isupper() and second.text[0].isupper() and f"{first.text} {second.text}" in sentence.text:
            yield first.stem, second.stem
