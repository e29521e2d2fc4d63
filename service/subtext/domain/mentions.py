"""Mentions of a name in a text: counted as a reader counts them, where grounding asks for the very words.

A mention may be all capitals (a headline), a possessive, or lack a leading "the"; it may open a sentence
with a capital. A capital of the name stays one, as "May" is not "may" and "US" is not "us", unless the text has none
at all. A name inside a longer word is none: "Orlan" is neither in "Orlando" nor in "Orlan-Varga".
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from subtext.domain.evidence import Span
from subtext.domain.grounding import QUOTE_MAX_CHARS, find_occurrences, lacks_longest_word
from subtext.domain.text.normalization import normalize_quote
from subtext.domain.text.word_boundaries import WORD_CHAR, is_on_word_boundaries

if TYPE_CHECKING:
    from collections.abc import Callable

    from subtext.domain.text.normalization import NormalizedText

_ARTICLE = re.compile(r"the\s+(?=\S)", re.IGNORECASE)
_POSSESSIVES = ("'s", "’s", "'S", "’S")
_POSSESSIVE_CHARS = 2


def count_mentions(name: str, text: NormalizedText) -> int:
    """Count how often a name stands in a text, linear in the text; 0 for a name without a letter or digit.

    As in grounding, a name that the text has as it is written is not looked for with other typography.
    """
    if len(name) > QUOTE_MAX_CHARS or not WORD_CHAR.search(normalized := normalize_quote(name)):
        return 0
    if count := _count(_without_article(name.strip()), text.original, text.original, Span):
        return count
    bare = _without_article(normalized)
    if lacks_longest_word(bare, text):
        return 0
    return _count(bare, text.normalized, text.original, text.to_original)


def _count(name: str, text: str, original: str, to_original: Callable[[int, int], Span | None]) -> int:
    """Count the forms of a name in a text that stand at word boundaries of the original."""
    spans = (
        to_original(at, _skip_possessive(text, at + len(form)))
        for form in _list_forms(name, has_capitals=not text.islower())
        for at in find_occurrences(form, text)
    )
    return sum(span is not None and is_on_word_boundaries(original, span) for span in spans)


def _list_forms(name: str, *, has_capitals: bool) -> set[str]:
    """List how a name may be written: with more capitals, over two lines, and in a text without capitals without."""
    forms = {name, name.upper()}
    if name.islower():
        forms |= {name.capitalize(), string.capwords(name)}
    if not has_capitals:
        forms = {name.lower()}
    return forms | {form.replace(" ", "\n") for form in forms}


def _without_article(name: str) -> str:
    return name[match.end() :] if (match := _ARTICLE.match(name)) else name


def _skip_possessive(text: str, end: int) -> int:
    return end + _POSSESSIVE_CHARS if text.startswith(_POSSESSIVES, end) else end
