from __future__ import annotations

import pytest

from subtext.domain.text.prepared import PreparedText


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0, 9, ["The", "fleet"]),
        (1, 11, ["fleet", "left"]),
        (11, 15, []),
        (4, 25, ["fleet", "left", "Nobody", "saw"]),
        (20, 40, ["saw", "it"]),
    ],
)
def test_the_words_between_are_those_that_begin_there(start: int, end: int, words: list[str]) -> None:
    text = PreparedText("The fleet left.  Nobody saw it.")

    assert text.words.written[text.words_between(start, end)] == words


def test_signs_of_a_script_without_blanks_are_words_between_too() -> None:
    text = PreparedText("指導者。 won")

    assert text.words.written[text.words_between(1, 7)] == ["導", "者", "won"][:3]


def test_before_the_first_sentence_there_is_no_word() -> None:
    text = PreparedText("  One two.")

    assert text.words_between(0, 1) == slice(0, 0)
    assert text.words.written[text.words_between(0, 10)] == ["One", "two"]


@pytest.mark.parametrize("place", [(0, 5), (3, 25), (14, 18), (15, 16), (29, 40), (0, 1), (16, 17), (16, 19), (44, 46)])
def test_the_sentences_of_a_range_are_those_that_share_a_character_with_it(place: tuple[int, int]) -> None:
    text = PreparedText(" The fleet left.  It came back.\n\nNobody wept.")

    between = [text.sentences[number] for number in text.sentences_between(*place)]

    assert between == [s for s in text.sentences if s.start < place[1] and place[0] < s.end]
