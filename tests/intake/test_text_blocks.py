from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.intake.text_blocks import find_subject, parse_blocks, unwrap


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    blocks: tuple[tuple[str, str | None, str], ...]


CASES = [
    Case(
        "questions and answers",
        "Q: Do you beg?\nA: We do not.\n\nWe never did.\n",
        (("speech", "Q", "Q: Do"), ("speech", "A", "A: We"), ("speech", "A", "We never")),
    ),
    Case(
        "times",
        "[00:01:02] Anna Kort: Good evening.\n[00:01:10] Paul Orlan: We beg.\n00:02:00 Anna Kort: Thanks.\n",
        (("speech", "Anna Kort", "[00:01"), ("speech", "Paul Orlan", "[00:01:10"), ("speech", "Anna Kort", "00:02")),
    ),
    Case(
        "titles and rooms",
        "ANNA KORT, HOST: Good evening.\n\nSEN. PAUL ORLAN (R-Kelmar): We beg.\n",
        (("speech", "ANNA KORT", "ANNA"), ("speech", "SEN. PAUL ORLAN", "SEN.")),
    ),
    Case(
        "names in small letters, repeated",
        "Kort: Do you beg?\nOrlan: No.\nKort: Why?\n",
        (("speech", "Kort", "Kort"), ("speech", "Orlan", "Orlan"), ("speech", "Kort", "Kort: Why")),
    ),
    Case(
        "colons of prose",
        "Ferries\n\nThe council said: no. More below.\n\nNote: the vote was close.\n",
        (("paragraph", None, "Ferries"), ("paragraph", None, "The council"), ("paragraph", None, "Note")),
    ),
    Case(
        "a quoted post",
        "Mair wrote:\n> Orlan begs.\n>> And so on.\nI do not agree.\n",
        (("paragraph", None, "Mair"), ("quoted", "Mair", "> Orlan"), ("paragraph", None, "I do")),
    ),
    Case(
        "lines that nobody introduces",
        "Seen today.\n\n> Orlan begs.\n",
        (("paragraph", None, "Seen"), ("quoted", None, "> Orlan")),
    ),
    Case(
        "a German mail",
        "Nein.\n\nAm 3. März 2026 um 09:12 schrieb Tessa Mair <t@mair.example>:\n> Orlan bettelt.\n",
        (("paragraph", None, "Nein"), ("paragraph", None, "Am 3."), ("quoted", "Tessa Mair", "> Orlan")),
    ),
    Case(
        "forwarded",
        "See below.\n\n---------- Forwarded message ---------\nFrom: Press Office <p@rival.example>\nSubject: Orlan\n\n"
        "Orlan begs.\n\nIt is out of cash.\n",
        (
            ("paragraph", None, "See"),
            ("mail_header", None, "-----"),
            ("forwarded", "Press Office", "Orlan begs"),
            ("forwarded", "Press Office", "It is"),
        ),
    ),
    Case(
        "a header in the middle",
        "See below.\n\nFrom: Tessa Mair\nSent: Tuesday\nSubject: Orlan\n\nOrlan begs.\n",
        (("paragraph", None, "See"), ("mail_header", None, "From"), ("forwarded", "Tessa Mair", "Orlan begs")),
    ),
    Case(
        "a header with blank lines between, as from a page",
        "See below.\n\nFrom: Tessa Mair <t@mair.example>\n\nSent: Tuesday\n\nSubject: Orlan\n\nOrlan begs.\n",
        (
            ("paragraph", None, "See"),
            ("mail_header", None, "From"),
            ("mail_header", None, "Sent"),
            ("mail_header", None, "Subject"),
            ("forwarded", "Tessa Mair", "Orlan begs"),
        ),
    ),
    Case("a signature", "We beg.\n\n-- \nTessa\n", (("paragraph", None, "We"), ("signature", None, "-- "))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_block_has_its_owner(case: Case) -> None:
    blocks = parse_blocks(case.text)
    assert [block.kind for block in blocks] == [kind for kind, _, _ in case.blocks]
    voices = [block.voice and case.text[block.voice.start : block.voice.end] for block in blocks]
    assert voices == [voice for _, voice, _ in case.blocks]
    for block, (_, _, beginning) in zip(blocks, case.blocks, strict=True):
        assert case.text.startswith(beginning, block.span.start)


@given(st.text(alphabet="aA >:\n\r-.QF", max_size=200))
def test_blocks_are_in_order_and_hold_all_that_is_no_mark(text: str) -> None:
    spans = [block.span for block in parse_blocks(text)]
    assert all(before.end <= after.start for before, after in pairwise(spans))
    held = {at for span in spans for at in range(span.start, span.end)}
    assert all(at in held or char in "> \n\r" for at, char in enumerate(text))


def test_a_subject_is_found_in_the_header_of_a_mail_only() -> None:
    mail = "From: desk@gazette.example\r\nSubject: Ferry line begs \r\n\r\nWords."
    span = find_subject(mail)
    assert span is not None
    assert mail[span.start : span.end] == "Ferry line begs"
    assert find_subject("Subject: ferries\n\nWords.") is None
    assert find_subject(f"Words.\n\n{mail}") is None


def test_lines_that_were_wrapped_by_hand_are_joined() -> None:
    text = "> It has run out of cash and out of friends, and this is its\n> last lifeline.\n>\n> End\n> of it."
    assert unwrap(text) == [
        "It has run out of cash and out of friends, and this is its last lifeline.",
        "End of it.",
    ]
