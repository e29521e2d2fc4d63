"""Markers: words that deny a statement or take its certainty away, counted in a text."""

from __future__ import annotations

import re
from functools import lru_cache


class Marker:
    """Marker words of one kind, such as negations."""

    def __init__(self, form: str) -> None:
        self._form = re.compile(form, re.IGNORECASE)
        # The same words stand in most sentences.
        self.is_word = lru_cache(maxsize=8_192)(self.is_in)

    def is_in(self, text: str) -> bool:
        """Tell whether a text has one."""
        return self._form.search(text) is not None

    def count_in(self, text: str) -> int:
        """Count them in a text."""
        return len(self._form.findall(text))


NEGATION = Marker(
    r"\b(?:no|not(?! (?:only|just|merely)\b)|never|zero|none|nobody|nothing|neither|nor|without|cannot|unable|unlikely"
    r"|fail(?:s|ed)?|den(?:y|ies|ied))\b"
    r"|n['’]t\b",
)
HEDGE = Marker(
    r"\b(?:may|might|could|would|plans?|planned|alleged(?:ly)?|reported(?:ly)?|possibl[ey]|likely|threat(?:en|ens|ened))\b",
)
