"""Stems of English words, and lists of words."""

from __future__ import annotations

from functools import lru_cache

_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ation", "at"), ("ations", "at"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", ""),
    ("ments", ""), ("ment", ""), ("ers", "er"), ("es", "e"), ("s", ""), ("ly", ""),
)  # fmt: skip
_STEM_MIN = 3


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A rough stem of a lower-case word: enough that inflections of one word are the same."""
    word = word.removesuffix("'s").removesuffix("’s")
    for ending, rest in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN and not word.endswith("ss"):
            word = word[: -len(ending)] + rest
            break
    if len(word) > _STEM_MIN and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word[:-1] if len(word) > _STEM_MIN and word.endswith("e") else word


def words(words: str) -> tuple[str, ...]:
    """The words of a list that is written as one line of text."""
    return tuple(words.split())
