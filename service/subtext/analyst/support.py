"""Support: how far the article bears out a sentence of the summary, judged without a model.

A sentence is `supported` when it stands on a quote that is in the article, every number and name in it is in the
article too, its negation agrees with the passage it stands on, and half of its content words come from there; `partly`
when only some of that holds; `unsupported` when no quote of it is in the article.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.analysis import Support
    from subtext.domain.evidence import Match

OVERLAP_FROM = 0.5
# Words share a stem when they share their first letters: enough for "sanction" and "sanctioned", no dictionary needed.
_STEM = 5
_CONTENT_MIN = 4
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?:“\"'‘]\s)(?<!^)\b[A-Z][\w’'-]+")
_NEGATION = re.compile(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_SENTENCE_EDGE = re.compile(r"[.!?][”\"'’)]*\s|\n")
# A passage is the sentences that a quote lies in; a text without full stops must not make it endless.
_PASSAGE_REACH = 600


def judge(sentence: str, matches: Sequence[Match], text: str) -> Support:
    """The verdict on one summary sentence, given where its quotes stand in the article's text."""
    if not matches:
        return "unsupported"
    passages = " ".join(dict.fromkeys(_passage(text, match) for match in matches))
    facts = _facts_hold(sentence, text)
    meaning = _negates(sentence) == _negates(passages) or sentence.strip() in passages
    return "supported" if facts and meaning and _overlap(sentence, passages) >= OVERLAP_FROM else "partly"


def _passage(text: str, match: Match) -> str:
    """The sentences that the quote lies in, at most 600 characters to either side."""
    begin = max(0, match.span.start - _PASSAGE_REACH)
    edges = [found.end() for found in _SENTENCE_EDGE.finditer(text, begin, match.span.start)]
    after = _SENTENCE_EDGE.search(text, max(match.span.end - 1, 0), match.span.end + _PASSAGE_REACH)
    end = after.end() if after else min(len(text), match.span.end + _PASSAGE_REACH)
    return text[edges[-1] if edges else begin : end].strip()


def _facts_hold(sentence: str, text: str) -> bool:
    numbers = all(number in text for number in _NUMBER.findall(sentence))
    return numbers and all(name in text for name in _NAME.findall(sentence))


def _negates(passage: str) -> bool:
    return _NEGATION.search(passage) is not None


def _overlap(sentence: str, passages: str) -> float:
    wanted, have = _stems(sentence), _stems(passages)
    return len(wanted & have) / len(wanted) if wanted else 0.0


def _stems(passage: str) -> set[str]:
    return {word[:_STEM].casefold() for word in _WORD.findall(passage) if len(word) >= _CONTENT_MIN}
