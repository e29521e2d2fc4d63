from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.text.words import WordTable, count_words, word_list, word_set

WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+){0,15}")


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    words: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Case("prose", "The fleet left.", ("The", "fleet", "left")),
        Case("joined", "Kim’s last-ditch U.S. bid can't", ("Kim’s", "last-ditch", "U.S", "bid", "can't")),
        Case("numbers", "$5.2bn, 1,500 and 3_4", ("5.2bn", "1", "500", "and", "3", "4")),
        Case("no spaces between words", "指導者 won", ("指", "導", "者", "won")),
        Case("no word", " … ", ()),
    ],
    ids=lambda case: case.id,
)
def test_the_words_of_a_text_stand_where_the_table_says(case: Case) -> None:
    table = WordTable(case.text)

    assert tuple(table.written) == case.words
    assert all(case.text.startswith(word, at) for word, at in zip(table.written, table.starts, strict=True))
    assert table.lower == [word.lower().replace("’", "'") for word in case.words]


@given(
    st.lists(st.sampled_from(["a", "B1", "é", *" .,-'’_\n…\u0301\u200b", "a-" * 20, "x" * 40]), max_size=30).map(
        "".join
    )
)
def test_the_table_has_the_words_that_a_pattern_finds(text: str) -> None:
    table, matches = WordTable(text), list(WORD.finditer(text))

    assert table.written == [match[0] for match in matches]
    assert table.starts == [match.start() for match in matches]
    assert table.lower == [match[0].lower().replace("’", "'") for match in matches]


def test_words_are_parted_by_any_number_of_different_marks() -> None:
    marks = "".join(map(chr, range(0x2190, 0x2190 + 100)))

    assert WordTable("a".join(marks)).written == ["a"] * 99


@given(st.lists(st.sampled_from(["a", "b-c", " ", ". ", "中", "x" * 9]), max_size=20), st.data())
def test_ranges_of_a_text_are_given_their_first_word(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=4)) & set(range(1, len(text))))
    table, ranges = WordTable(text), list(pairwise([0, *cuts, len(text)]))

    firsts = table.first_in(ranges)

    assert firsts == [*[sum(at < cut for at in table.starts) for cut in (0, *cuts)], len(table.lower)]
    cut_along_them = WordTable(text, ranges=ranges)
    assert (cut_along_them.lower, cut_along_them.first_in(ranges)) == (table.lower, firsts)


def test_the_places_of_a_word_are_its_numbers() -> None:
    table = WordTable("No man is no man.")

    assert [table.places(word) for word in ("no", "man", "is", "woman")] == [[0, 3], [1, 4], [2], []]


@given(st.text(st.sampled_from("ab B.-İ指"), max_size=30), st.sampled_from(["a", "ab", "b-a"]), st.integers(0, 30))
def test_a_beginning_that_is_lacking_is_that_of_no_word_before(text: str, beginning: str, end: int) -> None:
    table = WordTable(text)

    before = [word for word, start in zip(table.lower, table.starts, strict=True) if start < end]
    assert not (table.lacks_before(beginning, end) and any(word.startswith(beginning) for word in before))


def test_a_word_stands_before_the_next_one_only() -> None:
    table = WordTable("No man left. He saw Manor.")

    assert table.lacks_before("man", 3)
    assert not table.lacks_before("man", 4)
    assert table.lacks_before("mano", 20)
    assert not table.lacks_before("mano", 21)
    assert not table.lacks_before("no", 20)


@pytest.mark.parametrize("text", ["The fleet left. Nobody saw.", "指導者 won it", "x" * 20])
@pytest.mark.parametrize(("start", "end"), [(0, 15), (4, 9), (3, 12)])
def test_the_words_of_a_run_are_those_of_the_table(text: str, start: int, end: int) -> None:
    table = WordTable(text)
    run = slice(*[sum(at < edge for at in table.starts) for edge in (start, end)])

    assert table.written_in(run, start, end) == WordTable(text).written[run]


def test_an_endless_chain_is_many_words() -> None:
    assert max(map(len, WordTable("desperate-" * 200).written)) < 200


def test_compounds_are_the_words_that_are_not_letters_alone() -> None:
    assert WordTable("The 3rd last-ditch bid can't fail").compounds == {"3rd", "last-ditch", "can't"}


@given(st.text(st.sampled_from("aB1 .,-'’_\n指ก\u0301é"), max_size=60))
def test_the_table_counts_words_as_a_reader_does(text: str) -> None:
    assert WordTable(text).count == count_words(text)


def test_a_list_is_its_words_in_order() -> None:
    assert word_list(" one  two\nthree one ") == ("one", "two", "three", "one")


def test_a_set_is_its_words() -> None:
    assert word_set(" one  two\nthree one ") == {"one", "two", "three"}


def test_a_range_that_begins_inside_a_word_has_the_words_of_its_run() -> None:
    assert WordTable("well-known fact").written_in(slice(1, 2), 2, 15) == ["fact"]


def test_a_word_of_a_script_without_blanks_begins_where_the_table_says() -> None:
    table = WordTable("領導者 won")

    assert [table.find_start(at, 0, 0) for at in range(len(table.starts))] == table.starts


@given(st.text(st.sampled_from("AÀÖ×ØÞßÿµªŸİΣσςżŻ’' ."), max_size=40))
def test_lower_case_is_that_of_each_word_whatever_its_letters(text: str) -> None:
    table = WordTable(text)

    assert table.lower == [word.lower().replace("’", "'") for word in table.written]
