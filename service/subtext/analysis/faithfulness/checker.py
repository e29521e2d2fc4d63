"""Faithfulness check: how far the article supports a sentence of the summary, judged without a model.

A sentence is `supported` if it rests on a quote that is in the article, the sentences around the quote have half of
its content words, all its names and what was done, and no feature (see `features`) shows that it says another thing
than the article. It is `unsupported` if no quote of it is in the article, or if the quoted sentences have less than a
third of its words, and those around them less than half: real words that say something else. Otherwise it is `partly`
supported.

Features are counted, not weighed: `python -m benchmarks.faithfulness_weights FILE` shows on SummEdits news (Laban et
al. 2023, arXiv 2305.14540) that fitted weights do no better on documents left out. `benchmarks/spoiled_claims.py` says
what becomes of the answers of careful readers, and of the same answers spoiled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.features import content_overlap, extract_features_all, has_mismatch, speech
from subtext.analysis.faithfulness.token import tokenize
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.text.prepared import PreparedText
from subtext.domain.text.words import WordTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.analysis.faithfulness.passage import Passage
    from subtext.analysis.faithfulness.token import Token, TokenizedSentence
    from subtext.domain.analysis import Support
    from subtext.domain.evidence import Match, Span

MIN_OVERLAP = 0.5
OTHERWISE_BELOW = 1 / 3
# One sign is enough to doubt a statement.
_DOUBT = 0.5
# How many sentences before a quote may say who "he" is, and how many words of the quoted statement stand beside it.
_NAMES_BEFORE, _WORDS_BEFORE, _AFTER = 4, 1, 1
# The past of a regular verb.
_EVENT = re.compile(r"[a-z]{3,}ed")


class FaithfulnessChecker:
    """Checks statements against one article; what lies in `without` does not count as said."""

    def __init__(self, prepared: PreparedText, without: Iterable[Span] = ()) -> None:
        self.article = TokenizedText(prepared, without)

    def contains_verbatim(self, line: str) -> bool:
        """Tell whether the words of a line stand in the article one after the other, whatever the typography."""
        return self.article.has_words(WordTable(line).lower)

    def check(self, sentence: str, matches: Sequence[Match]) -> Support:
        """Judge one summary sentence, given where its quotes stand in the article's text."""
        parts, spans = _statements(sentence), [match.span for match in matches]
        quoted, around = self.article.passage(spans), self.article.passage(spans, _WORDS_BEFORE, _AFTER)
        shares = [content_overlap(part, quoted.vocabulary) for part in parts]
        in_quotes = [share >= OTHERWISE_BELOW for share in shares]
        # What is round a quote has the quote's words too.
        near_quotes = [
            share >= MIN_OVERLAP or content_overlap(part, around.vocabulary) >= MIN_OVERLAP
            for part, share in zip(parts, shares, strict=True)
        ]
        if not any(in_quotes) and not any(near_quotes):
            return "unsupported"
        if not all(in_quotes) or not all(near_quotes) or self._differs(sentence, quoted):
            return "partly"
        names = [word for part in parts for word in part.words if word.is_name]
        events = [
            word
            for part in parts
            for word in part.words
            if word.text.endswith("ed") and _EVENT.fullmatch(word.text) and word.is_content
        ]
        if quoted.vocabulary.stems.issuperset([word.stem for word in (*names, *events)]):
            return "supported"
        said = self.article.passage(spans, _NAMES_BEFORE, _AFTER)
        return "supported" if self._are_named(names, said) and self._are_done(events, said) else "partly"

    def supports(self, line: str) -> bool:
        """Tell whether the article as a whole supports a line that has no quotes, such as a headline.

        Half of its content words stand somewhere in the article, and at most one sign speaks against it, of those that
        a short line has by paraphrase alone: one wrong number is enough to refuse it.
        """
        content = frozenset[str]().union(*(part.content for part in tokenize(line)))
        if not content or self.article.vocabulary.count_covered(content) < MIN_OVERLAP * len(content):
            return False
        features = extract_features_all(line, self.article)
        return features.total == features.unknown + features.name_pairs + features.opposites <= 1

    def score(self, statement: str) -> float:
        """Score a statement of one or more sentences: above 0 the article supports it; each feature costs 1."""
        return _DOUBT if self._is_copied(statement) else _DOUBT - extract_features_all(statement, self.article).total

    def _differs(self, statement: str, quoted: Passage) -> bool:
        """Return whether a statement says another thing than the article, as its `score` tells."""
        return not self._is_copied(statement) and has_mismatch(statement, self.article, quoted.numbers)

    def _are_named(self, names: Sequence[Token], said: Passage) -> bool:
        """Return whether each name stands in these sentences, or beside one that does anywhere in the article."""
        missing = frozenset(word.stem for word in names if not said.has_name(word))
        present = frozenset(word.stem for word in names) - missing
        return all(not present.isdisjoint(self.article.neighbors(item)) for item in missing)

    def _are_done(self, events: Sequence[Token], said: Passage) -> bool:
        """Return whether these sentences have a related word for each thing that was done, but said or thought."""
        are_related = all(said.vocabulary.is_related(word.stem) or speech().is_related(word.stem) for word in events)
        return are_related or not self.article.is_english

    def _is_copied(self, statement: str) -> bool:
        """Tell whether a statement is whole sentences of the article word for word, run together or not."""
        plain = [part.plain for part in tokenize(statement)]
        if plain and all(map(self.article.has_sentences, plain)):
            return True
        return len(plain) > 1 and self.article.has_sentences(" ".join(plain))


def check(sentence: str, text: str, matches: Sequence[Match]) -> Support:
    """Judge one summary sentence about a text, given where its quotes stand."""
    return FaithfulnessChecker(PreparedText(text)).check(sentence, matches)


def faithfulness_log_odds(summary: str, article: str) -> float:
    """Score a whole summary, quotes or none: above 0 the article supports it."""
    return FaithfulnessChecker(PreparedText(article)).score(summary)


def _statements(sentence: str) -> Sequence[TokenizedSentence]:
    """Split into sentences, but for those of names alone: they only end at an abbreviation ("Jackson Jr.")."""
    parts = tokenize(sentence)
    return [part for part in parts if any(word.is_content and word.text[0].islower() for word in part.words)] or parts
