"""Support: how far the article bears out a sentence of the summary, judged without a model.

A sentence is `supported` when it stands on a quote that is in the article, the quote's passage has half of its content
words, and the signs of another statement (see `signs`) do not outweigh what it has in common with the article; it is
`partly` when only some of that holds, and `unsupported` when no quote of it is in the article.

The weights are fitted on SummEdits news (Laban et al. 2023, arXiv 2305.14540): `python tests/analyst/fit_support.py
FILE` prints them and what they are worth on documents left out.
"""

from __future__ import annotations

import math
import re
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING

from subtext.analyst.signs import Signs, covered, signs_of_all, values_of
from subtext.analyst.wording import Wording, plain, sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.analysis import Support
    from subtext.domain.evidence import Match, Span

COVERED_FROM = 0.5
# A line of a few words paraphrases more freely than a sentence.
_LINE_FROM = -1.0
# Too rare in the data to be fitted, and each enough to outweigh everything else: quoted, swapped, hedge_dropped.
_DECISIVE = -2.0
BIAS = 1.0
WEIGHTS = Signs(
    numbers=-2.01,
    names=-1.55,
    quoted=_DECISIVE,
    negation_added=-2.11,
    negation_dropped=-2.04,
    opposites=-1.14,
    negated_forms=-1.20,
    foreign_words=-0.12,
    replaced_words=-0.48,
    near_copy=-0.39,
    swapped=_DECISIVE,
    hedge_dropped=_DECISIVE,
)
_SENTENCE_EDGE = re.compile(r"[.!?][”\"'’)]*\s|\n")
# A passage is the sentences that a quote lies in; a text without full stops must not make it endless.
_PASSAGE_REACH = 600


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
        if not matches:
            return "unsupported"
        return "supported" if self._stands_on(sentence, matches) and self.score(sentence) > 0 else "partly"

    def bears_out(self, line: str) -> bool:
        """Whether the article as a whole bears out a line that has no quotes, such as a headline.

        Half of its content words stand somewhere in the article, and no more than paraphrase speaks against it: one
        wrong number is enough.
        """
        content = frozenset[str]().union(*(part.content for part in sentences_of(line)))
        found = sum(self.wording.vocabulary.has(item) for item in content)
        return bool(content) and found >= COVERED_FROM * len(content) and self.score(line) > _LINE_FROM

    def score(self, statement: str) -> float:
        """Log-odds that the article bears a statement of one or more sentences out."""
        if self._is_copied(statement):
            return BIAS
        return _weighed(signs_of_all(statement, self.wording))

    def _stands_on(self, sentence: str, matches: Sequence[Match]) -> bool:
        passages = " ".join(dict.fromkeys(passage_of(self._text, match.span) for match in matches))
        quoted = sentences_of(passages)
        parts = sentences_of(sentence)
        return bool(parts) and all(covered(part, quoted) >= COVERED_FROM for part in parts)

    def _is_copied(self, statement: str) -> bool:
        """Whether a statement is whole sentences of the article, word for word."""
        parts = sentences_of(statement)
        return bool(parts) and all(part.plain in self.wording.whole for part in parts)


def check(sentence: str, text: str, matches: Sequence[Match]) -> Support:
    """The verdict on one summary sentence about a text, given where its quotes stand."""
    return SupportCheck(text).check(sentence, matches)


def consistency(summary: str, article: str) -> float:
    """Log-odds that an article bears a whole summary out, quotes or none: above 0 it does."""
    return SupportCheck(article).score(summary)


def passage_of(text: str, span: Span) -> str:
    """The sentences that a span lies in, at most 600 characters to either side."""
    begin = max(0, span.start - _PASSAGE_REACH)
    edges = [found.end() for found in _SENTENCE_EDGE.finditer(text, begin, span.start)]
    after = _SENTENCE_EDGE.search(text, max(span.end - 1, 0), span.end + _PASSAGE_REACH)
    end = after.end() if after else min(len(text), span.end + _PASSAGE_REACH)
    return text[edges[-1] if edges else begin : end].strip()


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with these spans as blanks, so that every offset stays."""
    pieces: list[str] = []
    done = 0
    for span in sorted(spans):
        pieces += (text[done : span.start], " " * (span.end - max(span.start, done)))
        done = max(done, span.end)
    return "".join((*pieces, text[done:]))


def _weighed(signs: Signs) -> float:
    return BIAS + math.fsum(map(mul, values_of(WEIGHTS), values_of(signs)))
