from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.local.sentences import SENTENCE_MAX, split


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
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sentences_are_the_ones_a_reader_sees(case: Case) -> None:
    assert tuple(sentence.text for sentence in split(case.text)) == case.sentences


def test_headings_are_told_from_sentences() -> None:
    found = split("Desperation or Domination?\n\nThe navy sailed. Is it lost?\n\nWhat now")
    assert [sentence.heading for sentence in found] == [True, False, False, True]
    assert [sentence.paragraph for sentence in found] == [0, 1, 1, 2]


@given(st.text(st.sampled_from('aB .!?…"”\n\r\t\u2028’😀\u0301é1,'), max_size=300) | st.text())
def test_any_text_is_covered_in_order_and_nothing_but_white_space_is_left_out(text: str) -> None:
    found = split(text)
    assert all(text[s.start : s.end] == s.text and s.text.strip() == s.text != "" for s in found)
    edges = [0, *(edge for s in found for edge in (s.start, s.end)), len(text)]
    assert edges == sorted(edges)
    assert not any(text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize(
    "text", ["word " * 2000, "x" * 5000, ("tab\t" * 400 + ". ") * 3], ids=["words", "one word", "tabs"]
)
def test_a_text_without_stops_is_cut_at_white_space(text: str) -> None:
    found = split(text)
    assert max(len(sentence.text) for sentence in found) <= SENTENCE_MAX
    assert "".join(sentence.text for sentence in found).replace(" ", "").replace("\t", "") == "".join(text.split())
