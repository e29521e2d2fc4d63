from __future__ import annotations

from subtext.domain.text.word_lists import word_list, word_set


def test_a_list_is_its_words_in_order() -> None:
    assert word_list(" one  two\nthree one ") == ("one", "two", "three", "one")


def test_a_set_is_its_words() -> None:
    assert word_set(" one  two\nthree one ") == {"one", "two", "three"}
