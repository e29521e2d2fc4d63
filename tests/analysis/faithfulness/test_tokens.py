from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.faithfulness.token import normalize_words, tokenize
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.evidence import Span
from subtext.domain.text.prepared import PreparedText

TEXT = "Norland accused Vessia of stalling. The harbour stays shut. Dockers lost wages in the harbour."


def test_a_sentence_is_parted_from_the_next() -> None:
    assert [sentence.text for sentence in tokenize(TEXT)] == [
        "Norland accused Vessia of stalling.",
        "The harbour stays shut.",
        "Dockers lost wages in the harbour.",
    ]


def test_a_text_without_full_stops_makes_no_endless_sentence() -> None:
    found = tokenize("word " * 450)

    assert [len(sentence.words) for sentence in found] == [200, 200, 50]


def test_a_sentence_keeps_the_marks_around_its_words() -> None:
    assert [sentence.text for sentence in tokenize("“We won,” he said. Nobody spoke…")] == [
        "“We won,” he said.",
        "Nobody spoke…",
    ]


def test_names_are_capital_words_that_open_no_sentence() -> None:
    first = tokenize(TEXT)[0]

    assert [word.text for word in first.words if word.is_name] == ["Vessia"]
    assert first.content == {"norland", "accus", "vessia", "stall"}


def test_scripts_without_spaces_go_by_characters() -> None:
    assert tokenize("指導者は強い。")[0].stems == tuple("指導者は強い")


def test_the_nearest_sentence_comes_first_then_what_adds_most() -> None:
    (statement,) = tokenize("Vessia was accused of stalling in the harbour")

    assert [sentence.text for sentence in TokenizedText(PreparedText(TEXT)).most_similar(statement)] == [
        "Norland accused Vessia of stalling.",
        "The harbour stays shut.",
    ]


WORDS = st.lists(
    st.sampled_from(["Norland", "Vessia", "fleets", "fleet", "the", "harbour", "stays.", "4."]), max_size=14
)


@given(WORDS, WORDS.filter(bool), st.integers(0, 4))
def test_what_is_tried_first_changes_no_nearest_sentence(article: list[str], words: list[str], near: int) -> None:
    text = TokenizedText(PreparedText(" ".join(article)))
    numbers = [near] if near < len(text.sentences) else []
    for statement in tokenize(" ".join(words)):
        assert list(text.most_similar(statement, numbers)) == list(text.most_similar(statement))


def test_an_earlier_sentence_with_the_same_words_is_nearer() -> None:
    text, (statement,) = TokenizedText(PreparedText("The fleet left. The fleet left again.")), tokenize("fleets left")

    assert [sentence.text for sentence in text.most_similar(statement, [1])] == ["The fleet left."]


def test_a_statement_about_something_else_is_near_nothing() -> None:
    (statement,) = tokenize("Penguins own moons")

    assert list(TokenizedText(PreparedText(TEXT)).most_similar(statement)) == []


@pytest.mark.parametrize(
    ("words", "without", "is_there"),
    [
        ("norland accused", (), True),
        ("vessia of stalling", (), True),
        ("norland accused", (Span(0, 7),), False),
        ("accused norland", (), False),
        ("", (), False),
    ],
)
def test_words_stand_one_after_the_other_where_they_count(
    words: str, without: tuple[Span, ...], *, is_there: bool
) -> None:
    assert TokenizedText(PreparedText(TEXT), without).has_words(words.split()) is is_there


def test_rare_stems_tell_more() -> None:
    wording = TokenizedText(PreparedText(TEXT))

    assert wording.weight("vessia") > wording.weight("harbour") > wording.weight("penguin") == 0.0


def test_plain_words_are_the_same_whatever_the_typography() -> None:
    assert normalize_words("“They can’t win!”") == normalize_words("they CAN'T win") == " they can't win "


@given(st.text(max_size=200))
def test_every_sentence_stands_in_its_text(text: str) -> None:
    assert all(sentence.words and sentence.text in text for sentence in tokenize(text))
