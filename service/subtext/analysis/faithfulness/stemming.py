"""Stemmer: rough stems of English words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.domain.text.word_cache import WordCache

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ation", "at"), ("ations", "at"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", ""),
    ("ments", ""), ("ment", ""), ("ers", "er"), ("es", "e"), ("s", ""), ("ly", ""),
)  # fmt: skip
_STEM_MIN = 3


def stem_all(words: Iterable[str]) -> list[str]:
    """Stem each of some lower-case words."""
    return list(map(_stems.__getitem__, words))


def stem(word: str) -> str:
    """Cut a lower-case word to a rough stem: enough that inflections of one word are the same."""
    return _stems[word]


def _stem(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("’s")
    for ending, rest in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN and not word.endswith("ss"):
            word = word[: -len(ending)] + rest
            break
    if len(word) > _STEM_MIN and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word[:-1] if len(word) > _STEM_MIN and word.endswith("e") else word


_stems = WordCache(_stem)
