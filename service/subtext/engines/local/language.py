"""Language: whether a text of unknown language can be read as English, by its script and its commonest words."""

from __future__ import annotations

import re
from itertools import islice

from subtext.engines.local.words import word_set

# Running English is made of these to a third and more; other languages in Latin script, code and tables hardly reach
# a tenth.
_COMMON = word_set(
    "the of and to in is that it was for on are as with his they at be this have from or had by but not what all were "
    "we when your can said there an which she do how their if will has its he you who been would about more no a"
)
_COMMON_MIN = 0.15
_LATIN_MIN = 0.5
# Fewer words tell nothing but their script.
_WORDS_MIN, _WORDS_MAX = 40, 1000
_SAMPLE = 20_000
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def may_be_english(text: str) -> bool:
    """False where the text is in another script, or long enough to miss the words that English cannot do without."""
    words = [found[0].lower() for found in islice(_WORD.finditer(text, 0, _SAMPLE), _WORDS_MAX)]
    letters = "".join(words)
    if letters and len(_LATIN.findall(letters)) < _LATIN_MIN * len(letters):
        return False
    return len(words) < _WORDS_MIN or sum(word in _COMMON for word in words) >= _COMMON_MIN * len(words)
