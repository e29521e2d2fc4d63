from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.text.sentences import SENTENCE_MAX, split_sentences


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    sentences: tuple[str, ...]


WRAPPED = "The company that had said it would never ever,\never borrow has borrowed."
CASES = (
    Case("two", "The fleet left. It came back.", ("The fleet left.", "It came back.")),
    Case("title", "Mr. Orlo met Dr. Vane. They spoke.", ("Mr. Orlo met Dr. Vane.", "They spoke.")),
    Case("initial", "A. B. Marden resigned. Nobody wept.", ("A. B. Marden resigned.", "Nobody wept.")),
    Case("abbreviation inside", "The U.S. Navy sailed. It won.", ("The U.S. Navy sailed.", "It won.")),
    Case("abbreviation ends", "They left the U.S. The rest stayed.", ("They left the U.S.", "The rest stayed.")),
    Case("a month", "On Jan. 5 it fell. We saw it.", ("On Jan. 5 it fell.", "We saw it.")),
    Case("no, the word", "The answer was no. Marden left.", ("The answer was no.", "Marden left.")),
    Case("no, the number", "It was no. 5 in the list. Marden left.", ("It was no. 5 in the list.", "Marden left.")),
    Case("decimals", "It rose 3.5 percent. Then it fell.", ("It rose 3.5 percent.", "Then it fell.")),
    Case("closing mark", "“We won.” He lied.", ("“We won.”", "He lied.")),
    Case("question in a sentence", "“Why?” she asked. Silence.", ("“Why?” she asked.", "Silence.")),
    Case("ellipsis goes on", "It was ... not good. No.", ("It was ... not good.", "No.")),
    Case("ellipsis ends", "It was over... They left.", ("It was over...", "They left.")),
    Case("wrapped line", f"{WRAPPED} Twice.", (WRAPPED, "Twice.")),
    Case("headline", "A Title Line\n\nThe text. More.", ("A Title Line", "The text.", "More.")),
    Case("CRLF", "One line.\r\n\r\nTwo lines.\r\n", ("One line.", "Two lines.")),
    Case("emoji", "Great 😀. Next one 👩‍👩‍👧.", ("Great 😀.", "Next one 👩‍👩‍👧.")),
    Case("no stop", "just words", ("just words",)),
    Case("full-width stop", "终于。 好", ("终于。", "好")),
    Case("no blank behind a full-width stop", "终于。好！对", ("终于。", "好！", "对")),
    Case("full-width closing mark", "“终于。”好", ("“终于。”", "好")),
    Case("list items", "Demands:\n- Open it\n- Pay\n\nWe won.", ("Demands:", "- Open it", "- Pay", "We won.")),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sentences_are_the_ones_a_reader_sees(case: Case) -> None:
    assert tuple(sentence.text for sentence in split_sentences(case.text)) == case.sentences


def test_headings_are_told_from_sentences() -> None:
    found = split_sentences("Desperation or Domination?\n\nThe navy sailed. Is it lost?\n\nWhat now")
    assert [sentence.heading for sentence in found] == [True, False, False, True]
    assert [sentence.paragraph for sentence in found] == [0, 1, 1, 2]


@dataclass(frozen=True)
class Soft:
    id: str
    text: str
    begins_with: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Soft("none", "The fleet left. It came back.", ()),
        Soft("behind a title", "He met Mr. Ignore the rest of this. It won.", ("Ignore the",)),
        Soft("behind a quoted question", "“Why?” “Because,” she said.", ()),
        Soft("goes on in lower case", "“Why?” she asked.", ()),
        Soft("a wrapped line", f"{WRAPPED} On Jan. 5 it paid.", ("ever borrow", "5 it")),
        Soft("a wrapped line that begins a sentence", f"{'The fleet sailed on Monday for ' * 2}Orva.\nIt came.", ()),
        Soft("a title at the end of a line", f"{'The fleet sailed on Monday for ' * 2}Mr.\nOrva now.", ("Orva now",)),
        Soft("in a part of an endless one", "word " * 250 + "of Mr. Orlo now", ("Orlo now",)),
    ],
    ids=lambda case: case.id,
)
def test_places_that_another_reader_could_take_for_an_end_are_kept(case: Soft) -> None:
    sentences = split_sentences(case.text)

    assert all(s.start < at < s.end for s in sentences for at in s.soft_breaks)
    places = [at for sentence in sentences for at in sentence.soft_breaks]
    assert len(places) == len(case.begins_with)
    assert all(case.text.startswith(words, at) for words, at in zip(case.begins_with, places, strict=True))


@given(st.text(st.sampled_from('aB .!?…"”\n\r\t\u2028’😀\u0301é1,'), max_size=300) | st.text())
def test_any_text_is_covered_in_order_and_nothing_but_white_space_is_left_out(text: str) -> None:
    found = split_sentences(text)
    assert all(text[s.start : s.end] == s.text and s.text.strip() == s.text != "" for s in found)
    edges = [0, *(edge for s in found for edge in (s.start, s.end)), len(text)]
    assert edges == sorted(edges)
    assert not any(text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize(
    "text", ["word " * 2000, "x" * 5000, ("tab\t" * 400 + ". ") * 3], ids=["words", "one word", "tabs"]
)
def test_a_text_without_stops_is_cut_at_white_space(text: str) -> None:
    found = split_sentences(text)
    assert max(len(sentence.text) for sentence in found) <= SENTENCE_MAX
    assert "".join(sentence.text for sentence in found).replace(" ", "").replace("\t", "") == "".join(text.split())


@pytest.mark.parametrize("abbreviation", ["Gov", "sgt", "Prof", "prof", "Capt", "approx", "Messrs", "sept", "cmdr"])
def test_no_sentence_ends_with_an_abbreviation_of_three_letters_or_more(abbreviation: str) -> None:
    assert len(split_sentences(f"They saw {abbreviation}. Orlo there.")) == 1


@pytest.mark.parametrize(
    "word", ["weak", "go", "best", "reprobate", "corpse", "dept-store", "I", "USA", "1990", "café"]
)
@pytest.mark.parametrize("following", ["Orlo left", "“Orlo left”", "“‘Orlo left’”", "It left", "1990 came"])
def test_a_sentence_ends_with_any_other_word(word: str, following: str) -> None:
    assert len(split_sentences(f"They saw {word}. {following}.")) == 2


@pytest.mark.parametrize("line_break", ["\n\n", "\r\n\r\n", "\r\r", "\u2029", "\x0c"])
def test_a_blank_line_of_any_system_parts_paragraphs(line_break: str) -> None:
    found = split_sentences(f"  The fleet left.{line_break} It came back. {line_break}")

    assert [(sentence.text, sentence.paragraph) for sentence in found] == [("The fleet left.", 0), ("It came back.", 1)]
