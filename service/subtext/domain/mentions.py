"""Mentions of a name in a text: counted as a reader counts them, where grounding asks for the very words.

A mention may be all capitals (a headline), a possessive, or lack a leading "the"; it may open a sentence
with a capital. A capital of the name stays one, as "May" is not "may" and "US" is not "us", unless the text has none
at all. A name inside a longer word is none: "Orlan" is neither in "Orlando" nor in "Orlan-Varga".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.domain.grounding import QUOTE_MAX_CHARS, find_occurrences
from subtext.domain.text.normalization import normalize_quote
from subtext.domain.text.word_boundaries import WORD_CHAR, is_on_word_boundaries

if TYPE_CHECKING:
    from subtext.domain.text.normalization import NormalizedText

_ARTICLE = re.compile(r"the (?=\S)", re.IGNORECASE)
_POSSESSIVE = "'s"


def count_mentions(name: str, text: NormalizedText) -> int:
    """Count how often a name stands in a text, linear in the text; 0 for a name without a letter or digit."""
    if len(name) > QUOTE_MAX_CHARS or not WORD_CHAR.search(bare := _without_article(normalize_quote(name))):
        return 0
    capitals = [] if text.normalized.islower() else [at for at, char in enumerate(bare) if _begins_capital(bare, at)]
    places = find_occurrences(_lower(bare), _lower(text.normalized))
    return sum(
        all(text.normalized[at + offset].isupper() for offset in capitals) and _is_whole(text, at, at + len(bare))
        for at in places
    )


def _without_article(name: str) -> str:
    return name[match.end() :] if (match := _ARTICLE.match(name)) else name


def _begins_capital(name: str, at: int) -> bool:
    """Tell whether a capital begins a word of a name."""
    return name[at].isupper() and not name[at - 1 : at].isalnum()


def _lower(text: str) -> str:
    """Return a text in lower case, as long as it was: only the dotted capital I becomes two characters elsewhere."""
    return text.replace("İ", "i").lower()


def _is_whole(text: NormalizedText, begin: int, end: int) -> bool:
    """Tell whether a range of the normalization is no part of a longer word; a possessive is no such word."""
    if text.normalized[end : end + len(_POSSESSIVE)].lower() == _POSSESSIVE:
        end += len(_POSSESSIVE)
    span = text.to_original(begin, end)
    return span is not None and is_on_word_boundaries(text.original, span)
