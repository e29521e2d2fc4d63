"""Support: how far the article bears out a sentence of the summary, judged without a model.

A sentence is `supported` if it stands on a quote that is in the article, the sentences around the quote have half of
its content words, all its names and what was done, and no sign (see `signs`) shows that it says another thing than the
article. It is `unsupported` if no quote of it is in the article, or if the quoted sentences have less than a third of
its words, and those around them less than half: real words that say something else. Otherwise it is `partly` supported.

Signs are counted, not weighed: `python -m benchmarks.faithfulness_weights FILE` shows on SummEdits news (Laban
et al. 2023, arXiv 2305.14540) that fitted weights do no better on documents left out. `measure_support.py` beside it
says what becomes of the answers of careful readers, and of the same answers spoiled.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.features import content_overlap, extract_features_all, speech
from subtext.analysis.faithfulness.tokens import TokenizedText, normalize_words, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.analysis.faithfulness.tokens import Token, TokenizedSentence
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
_SENTENCE_EDGE = re.compile(r"[.!?][”\"'’)]*\s|\n")
# A passage is the sentences that a quote lies in; a text without full stops must not make it endless.
_PASSAGE_REACH = 1000


class FaithfulnessChecker:
    """Checks statements against one article, which is read once; what lies in `without` does not count as said."""

    def __init__(self, text: str, without: Iterable[Span] = ()) -> None:
        self._text = mask_spans(text, without)

    @cached_property
    def wording(self) -> TokenizedText:
        """The article's sentences and words."""
        return TokenizedText(self._text)

    def contains_verbatim(self, line: str) -> bool:
        """Whether the words of a line stand in the article one after the other, whatever the typography."""
        return normalize_words(line) in self.wording.plain

    def check(self, sentence: str, matches: Sequence[Match]) -> Support:
        """The verdict on one summary sentence, given where its quotes stand in the article's text."""
        parts = _statements(sentence)
        quoted, around = self._passages(matches), self._passages(matches, _WORDS_BEFORE, _AFTER)
        in_quotes = [content_overlap(part, quoted) >= OTHERWISE_BELOW for part in parts]
        near_quotes = [content_overlap(part, around) >= MIN_OVERLAP for part in parts]
        if not any(in_quotes) and not any(near_quotes):
            return "unsupported"
        if not all(in_quotes) or not all(near_quotes) or self.score(sentence) <= 0:
            return "partly"
        near = frozenset(item for part in around for item in part.stems)
        names = [word for part in parts for word in part.words if word.is_name]
        events = [word for part in parts for word in part.words if _EVENT.fullmatch(word.text) and word.is_content]
        if near.issuperset(word.stem for word in (*names, *events)):
            return "supported"
        said = TokenizedText(self._text_around(matches, _NAMES_BEFORE, _AFTER))
        return "supported" if self._are_named(names, said) and self._are_done(events, said) else "partly"

    def supports(self, line: str) -> bool:
        """Whether the article as a whole bears out a line that has no quotes, such as a headline.

        Half of its content words stand somewhere in the article, and at most one sign speaks against it, of those that
        a short line has by paraphrase alone: one wrong number is enough to refuse it.
        """
        content = frozenset[str]().union(*(part.content for part in tokenize(line)))
        found = sum(self.wording.vocabulary.covers(item) for item in content)
        signs = extract_features_all(line, self.wording)
        slight = signs.unknown + signs.name_pairs + signs.opposites
        return bool(content) and found >= MIN_OVERLAP * len(content) and signs.total == slight <= 1

    def score(self, statement: str) -> float:
        """Above 0: the article bears a statement of one or more sentences out; each sign of another one costs 1."""
        return _DOUBT if self._is_copied(statement) else _DOUBT - extract_features_all(statement, self.wording).total

    def _are_named(self, names: Sequence[Token], said: TokenizedText) -> bool:
        """Return whether each name stands in these sentences, or beside one that does anywhere in the article."""
        stems = frozenset(word.stem for word in names)
        missing = frozenset(word.stem for word in names if not said.has_name(word))
        present = stems - missing
        return not missing - {name for pair in self.wording.pairs if not present.isdisjoint(pair) for name in pair}

    def _are_done(self, events: Sequence[Token], said: TokenizedText) -> bool:
        """Return whether these sentences have a related word for each thing that was done, but said or thought."""
        return not self.wording.is_english or all(
            said.vocabulary.is_related(word.stem) or speech().is_related(word.stem) for word in events
        )

    def _passages(self, matches: Sequence[Match], before: int = 0, after: int = 0) -> tuple[TokenizedSentence, ...]:
        return tokenize(self._text_around(matches, before, after))

    def _text_around(self, matches: Sequence[Match], before: int, after: int) -> str:
        return " ".join(
            dict.fromkeys(surrounding_sentences(self._text, match.span, before, after) for match in matches)
        )

    def _is_copied(self, statement: str) -> bool:
        """Return whether a statement is whole sentences of the article word for word, run together or not."""
        parts = tokenize(statement)
        if all(part.plain in self.wording.sentence_set for part in parts):
            return bool(parts)
        return self.contains_verbatim(statement) and self._has_whole_ends(normalize_words(statement).strip())

    def _has_whole_ends(self, words: str) -> bool:
        whole = self.wording.sentence_set
        return any(map(words.startswith, whole)) and any(map(words.endswith, whole))


def check(sentence: str, text: str, matches: Sequence[Match]) -> Support:
    """The verdict on one summary sentence about a text, given where its quotes stand."""
    return FaithfulnessChecker(text).check(sentence, matches)


def faithfulness_log_odds(summary: str, article: str) -> float:
    """Above 0: an article bears a whole summary out, quotes or none."""
    return FaithfulnessChecker(article).score(summary)


def surrounding_sentences(text: str, span: Span, before: int = 0, after: int = 0) -> str:
    """Return the sentences that a span lies in and some around them, at most 1,000 characters to either side."""
    begin = max(0, span.start - _PASSAGE_REACH)
    starts = [begin, *(found.end() for found in _SENTENCE_EDGE.finditer(text, begin, span.start))]
    limit = min(len(text), span.end + _PASSAGE_REACH)
    ends = [*(found.end() for found in _SENTENCE_EDGE.finditer(text, max(span.end - 1, 0), limit)), limit]
    return text[starts[max(0, len(starts) - 1 - before)] : ends[min(after, len(ends) - 1)]].strip()


def _statements(sentence: str) -> Sequence[TokenizedSentence]:
    """Split into sentences, but for those of names alone: they only end at an abbreviation ("Jackson Jr.")."""
    parts = tokenize(sentence)
    return [part for part in parts if any(word.is_content and word.text[0].islower() for word in part.words)] or parts


def mask_spans(text: str, spans: Iterable[Span]) -> str:
    """The text with these spans as blanks, so that every offset stays."""
    pieces: list[str] = []
    done = 0
    for span in sorted(spans):
        pieces += (text[done : span.start], " " * (span.end - max(span.start, done)))
        done = max(done, span.end)
    return "".join((*pieces, text[done:]))
