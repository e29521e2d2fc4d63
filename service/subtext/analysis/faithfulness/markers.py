"""Markers: words that deny a statement or take its certainty away, counted in a sentence.

Most sentences have none, which a look at their words tells: each different word is tried once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.domain.text.word_cache import WordCache

if TYPE_CHECKING:
    from subtext.analysis.faithfulness.token import TokenizedSentence


class Marker:
    """Marker words of one kind, such as negations."""

    def __init__(self, form: str) -> None:
        self._form = re.compile(form, re.IGNORECASE)
        self._is_word = WordCache(lambda word: self._form.search(word) is not None)

    def positions(self, sentence: TokenizedSentence) -> list[int]:
        """Return the numbers of the words of a sentence that are one, or have a part that is, whatever follows them."""
        flags = list(map(self._is_word.__getitem__, sentence.lower))
        return [number for number, flag in enumerate(flags) if flag] if True in flags else []

    def is_word(self, word: str) -> bool:
        """Tell whether a lower-case word is one, or has a part that is."""
        return self._is_word[word]

    def is_in(self, sentence: TokenizedSentence) -> bool:
        """Tell whether a sentence has one."""
        return bool(self.positions(sentence)) and self._form.search(sentence.text) is not None

    def count_in(self, sentence: TokenizedSentence) -> int:
        """Count them in a sentence."""
        return len(self._form.findall(sentence.text)) if self.positions(sentence) else 0


NEGATION = Marker(
    r"\b(?:no|not(?! (?:only|just|merely)\b)|never|zero|none|nobody|nothing|neither|nor|without|cannot|unable|unlikely"
    r"|fail(?:s|ed)?|den(?:y|ies|ied))\b"
    r"|n['’]t\b",
)
HEDGE = Marker(
    r"\b(?:may|might|could|would|plans?|planned|alleged(?:ly)?|reported(?:ly)?|possibl[ey]|likely|threat(?:en|ens|ened))\b",
)
