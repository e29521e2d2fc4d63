"""Vocabulary: the closed word lists of an answer, and the spellings in which models write them.

A word is matched by its letters and digits: case, blanks, hyphens, underscores and the marks around it do not count. A
mark that may turn the meaning ("!desperation", "desperation?") is no spelling, and neither is another word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, get_args

from subtext.domain.evidence import Polarity, Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from subtext.domain.axis import Axis

# Far longer than any word of a list; bounds the work on a text that stands in the place of one.
_WORD_MAX: Final = 100
_MARKS: Final = " \t\r\n\"'“”„‘’«»`´*_.,:;()[]{}<>|#-–—\u00a0\u00ad\u200b\ufeff"
_SEPARATORS: Final = re.compile(r"[\s_‐‑–-]+")


def fold_word(text: str) -> str:
    """Return the letters by which a word of a closed list is known; a text too long to be one stays as it is."""
    return text if len(text) > _WORD_MAX else _fold(text)


# Answers are made of the same few words.
@lru_cache(maxsize=1_024)
def _fold(text: str) -> str:
    bare = unicodedata.normalize("NFKC", text).strip(_MARKS).rstrip("!" + _MARKS)
    return _SEPARATORS.sub("", bare.casefold())


def by_spelling(words: Iterable[str], **others: str) -> dict[str, str]:
    """Index words by their folded spelling; `others` are further spellings of some of them."""
    return {fold_word(word): word for word in words} | others


STRENGTHS: Final = by_spelling(get_args(Strength), low="weak", medium="moderate", high="strong")
POLARITIES: Final = by_spelling(
    get_args(Polarity),
    **{"assert": "asserts", "asserted": "asserts", "deny": "denies", "denied": "denies"},
    report="reports",
    reported="reports",
)
# Words in which models write that there is no value.
ABSENT: Final = frozenset(("", "null", "none", "nil", "na", "n/a", "undefined"))
# The prompt's word for whoever null stands for, and words for a speaker that cannot be told.
AUTHOR: Final = frozenset(("null", "none", "nil", "author", "theauthor"))
UNKNOWN: Final = frozenset(("", "na", "n/a", "undefined", "unknown", "unclear", "cannotbetold"))


@dataclass(frozen=True, slots=True)
class AnswerVocabulary:
    """The labels, poles and indicators of one axis, each by its folded spelling; indicators by their pole."""

    labels: Mapping[str, str]
    poles: Mapping[str, str]
    indicators: Mapping[str, Mapping[str, str]]

    @classmethod
    def from_axis(cls, axis: Axis) -> AnswerVocabulary:
        """Index an axis; a pole is also known by its name for people."""
        names = {fold_word(pole.name): pole.id for pole in (axis.negative, axis.positive)}
        indicators = {
            pole: by_spelling(sign.code for sign in axis.indicators if sign.pole == pole) for pole in axis.poles
        }
        return cls(names | by_spelling(axis.labels), names | by_spelling(axis.poles), indicators)
