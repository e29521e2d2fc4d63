"""The cache computes what it has to, and does not grow without bound."""

from __future__ import annotations

from subtext.domain.text.word_cache import CHARS_MAX, WORDS_MAX, WordCache


def test_a_word_is_computed_once() -> None:
    asked: list[str] = []

    def count(word: str) -> int:
        asked.append(word)
        return len(word)

    cache = WordCache(count)

    assert list(map(cache.__getitem__, ["fleet", "sea", "fleet"])) == [5, 3, 5]
    assert asked == ["fleet", "sea"]


def test_words_longer_than_any_are_not_kept() -> None:
    cache = WordCache(len)

    assert cache["x" * CHARS_MAX] == CHARS_MAX
    assert cache["x" * (CHARS_MAX + 1)] == CHARS_MAX + 1
    assert list(map(len, cache)) == [CHARS_MAX]


def test_a_full_cache_is_begun_anew() -> None:
    cache = WordCache(int)

    assert [cache[str(number)] for number in range(WORDS_MAX + 1)] == list(range(WORDS_MAX + 1))
    assert list(cache) == [str(WORDS_MAX)]
