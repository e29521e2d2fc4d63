"""Support: how far the article bears out a sentence of the summary, judged without a model.

A sentence is `supported` if it stands on a quote that is in the article, the sentences around the quote have half of
its content words, all its names and what was done, and no sign (see `signs`) shows that it says another thing than the
article. It is `unsupported` if no quote of it is in the article, or if the quoted sentences have less than a third of
its words, and those around them less than half: real words that say something else. Otherwise it is `partly` supported.

Signs are counted, not weighed: `python tests/analyst/fit_support.py FILE` shows on SummEdits news (Laban et al. 2023,
arXiv 2305.14540) that fitted weights do no better on documents left out. `measure_support.py` beside it says what
becomes of the answers of careful readers, and of the same answers spoiled.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.analyst.signs import covered, signs_of_all, speech
from subtext.analyst.wording import Wording, plain, sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.analyst.wording import Sentence, Word
    from subtext.domain.analysis import Support
    from subtext.domain.evidence import Match, Span

COVERED_FROM = 0.5
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


class SupportCheck:
    """Checks statements against one article, which is read once; what lies in `without` does not count as said."""

    def __init__(self, text: str, without: Iterable[Span] = ()) -> None:
        self._text = blanked(text, without)

    @cached_property
    def wording(self) -> Wording:
        """The article's sentences and words."""
        return Wording(self._text)

    def has_words(self, line: str) -> bool:
        """Whether the words of a line stand in the article one after the other, whatever the typography."""
        return plain(line) in self.wording.plain

    def check(self, sentence: str, matches: Sequence[Match]) -> Support:
        """The verdict on one summary sentence, given where its quotes stand in the article's text."""
        parts = _statements(sentence)
        quoted, around = self._passages(matches), self._passages(matches, _WORDS_BEFORE, _AFTER)
        in_quotes = [covered(part, quoted) >= OTHERWISE_BELOW for part in parts]
        near_quotes = [covered(part, around) >= COVERED_FROM for part in parts]
        if not any(in_quotes) and not any(near_quotes):
            return "unsupported"
        if not all(in_quotes) or not all(near_quotes) or self.score(sentence) <= 0:
            return "partly"
        near = frozenset(item for part in around for item in part.stems)
        names = [word for part in parts for word in part.words if word.is_name]
        events = [word for part in parts for word in part.words if _EVENT.fullmatch(word.text) and word.is_content]
        if near.issuperset(word.stem for word in (*names, *events)):
            return "supported"
        said = Wording(self._text_around(matches, _NAMES_BEFORE, _AFTER))
        return "supported" if self._are_named(names, said) and self._are_done(events, said) else "partly"

    def bears_out(self, line: str) -> bool:
        """Whether the article as a whole bears out a line that has no quotes, such as a headline.

        Half of its content words stand somewhere in the article, and at most one sign speaks against it, of those that
        a short line has by paraphrase alone: one wrong number is enough to refuse it.
        """
        content = frozenset[str]().union(*(part.content for part in sentences_of(line)))
        found = sum(self.wording.vocabulary.has(item) for item in content)
        signs = signs_of_all(line, self.wording)
        slight = signs.unknown + signs.name_pairs + signs.opposites
        return bool(content) and found >= COVERED_FROM * len(content) and signs.total == slight <= 1

    def score(self, statement: str) -> float:
        """Above 0: the article bears a statement of one or more sentences out; each sign of another one costs 1."""
        return _DOUBT if self._is_copied(statement) else _DOUBT - signs_of_all(statement, self.wording).total

    def _are_named(self, names: Sequence[Word], said: Wording) -> bool:
        """Return whether each name stands in these sentences, or beside one that does anywhere in the article."""
        stems = frozenset(word.stem for word in names)
        missing = frozenset(word.stem for word in names if not said.has_name(word))
        present = stems - missing
        return not missing - {name for pair in self.wording.pairs if not present.isdisjoint(pair) for name in pair}

    def _are_done(self, events: Sequence[Word], said: Wording) -> bool:
        """Return whether these sentences have a related word for each thing that was done, but said or thought."""
        return not self.wording.is_english or all(
            said.vocabulary.is_related(word.stem) or speech().is_related(word.stem) for word in events
        )

    def _passages(self, matches: Sequence[Match], before: int = 0, after: int = 0) -> tuple[Sentence, ...]:
        return sentences_of(self._text_around(matches, before, after))

    def _text_around(self, matches: Sequence[Match], before: int, after: int) -> str:
        return " ".join(dict.fromkeys(passage_of(self._text, match.span, before, after) for match in matches))

    def _is_copied(self, statement: str) -> bool:
        """Return whether a statement is whole sentences of the article word for word, run together or not."""
        parts = sentences_of(statement)
        if all(part.plain in self.wording.whole for part in parts):
            return bool(parts)
        return self.has_words(statement) and self._has_whole_ends(plain(statement).strip())

    def _has_whole_ends(self, words: str) -> bool:
        whole = self.wording.whole
        return any(map(words.startswith, whole)) and any(map(words.endswith, whole))


def check(sentence: str, text: str, matches: Sequence[Match]) -> Support:
    """The verdict on one summary sentence about a text, given where its quotes stand."""
    return SupportCheck(text).check(sentence, matches)


def consistency(summary: str, article: str) -> float:
    """Above 0: an article bears a whole summary out, quotes or none."""
    return SupportCheck(article).score(summary)


def passage_of(text: str, span: Span, before: int = 0, after: int = 0) -> str:
    """Return the sentences that a span lies in and some around them, at most 1,000 characters to either side."""
    begin = max(0, span.start - _PASSAGE_REACH)
    starts = [begin, *(found.end() for found in _SENTENCE_EDGE.finditer(text, begin, span.start))]
    limit = min(len(text), span.end + _PASSAGE_REACH)
    ends = [*(found.end() for found in _SENTENCE_EDGE.finditer(text, max(span.end - 1, 0), limit)), limit]
    return text[starts[max(0, len(starts) - 1 - before)] : ends[min(after, len(ends) - 1)]].strip()


def _statements(sentence: str) -> Sequence[Sentence]:
    """Split into sentences, but for those of names alone: they only end at an abbreviation ("Jackson Jr.")."""
    parts = sentences_of(sentence)
    return [part for part in parts if any(word.is_content and word.text[0].islower() for word in part.words)] or parts


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with these spans as blanks, so that every offset stays."""
    pieces: list[str] = []
    done = 0
    for span in sorted(spans):
        pieces += (text[done : span.start], " " * (span.end - max(span.start, done)))
        done = max(done, span.end)
    return "".join((*pieces, text[done:]))
