"""Texts and pages of our own after public bug reports: what each must be read as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext.domain.article import Source
from subtext.intake.extraction.extractor import extract_page
from subtext.intake.extraction.page_classifier import classify_text
from subtext.intake.text import build_article
from subtext.intake.text_blocks import parse_blocks

if TYPE_CHECKING:
    from subtext.intake.extraction.page import Page

CASES = Path(__file__).with_name("cases")
AGREED = (
    "Orlan Freight met its creditors on Monday. The talks lasted three hours, and nobody who came "
    "out of the room at the "
    "harbour office would say what had been agreed."
)
RESUME = (
    "The company declined to comment. Talks resume on Thursday at the same place, and the bank has said that it will "
    "send two of its people."
)
LIFELINE = (
    "Orlan Freight has run out of cash, out of friends and nearly out of ships, "
    "and this is the last lifeline it has left."
)


def page_of(name: str) -> Page:
    page = extract_page((CASES / name).read_text("utf-8"), None)
    assert page.wall is None
    assert not page.paywalled
    return page


def paragraphs_of(name: str) -> list[str]:
    return page_of(name).text.split("\n\n")


def text_of(name: str) -> str:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return file.read()


def test_inline_quotations_have_their_marks() -> None:
    assert paragraphs_of("t05_q.html") == [
        "Orlan Freight meets creditors",
        AGREED,
        f"“Orlan Freight is begging for one more month”, said union leader Tessa Mair. “{LIFELINE}”",
        RESUME,
    ]


def test_a_statement_has_marks_its_introduction_and_its_source() -> None:
    assert paragraphs_of("t06_blockquote.html") == [
        "Orlan Freight meets creditors",
        AGREED,
        "Union leader Tessa Mair wrote in a statement:",
        f"“Orlan Freight is begging for one more month. {LIFELINE}”",
        "— Tessa Mair, dockers' union",
        RESUME,
    ]


def test_pull_quotes_newsletters_and_related_boxes_are_left_out() -> None:
    text = page_of("t07_pullquote.html").text
    assert text.count("nearly out of ships") == 1
    assert "newsletter" not in text
    assert "Varga" not in text


def test_teasers_inside_of_an_article_are_left_out() -> None:
    assert [line.split()[0] for line in paragraphs_of("t10_related.html")] == ["Kelmar", "The", "Corrin", "A"]


def test_a_layout_table_is_no_row() -> None:
    page = page_of("t09_layout_table.html")
    assert page.title == "Orlan Freight goes back to its creditors"
    assert "|" not in page.text
    assert "Archive" not in page.text


def test_a_live_blog_has_the_pages_headline_and_each_posts_time() -> None:
    page = page_of("t16_liveblog.html")
    lines = page.text.split("\n\n")
    assert page.title == lines[0] == "Orlan Freight talks - live"
    assert [line for line in lines if line[:1] == "0"] == [
        "09:20 Union speaks",
        "08:10 Talks begin",
        "07:30 Good morning",
    ]


def test_an_article_in_json_ld_alone_is_read_and_said_to_be() -> None:
    page = page_of("t17_jsonld.html")
    assert page.declared
    assert page.text.startswith("Orlan Freight went back to its creditors on Monday, cap in hand")
    assert page.text.endswith(
        "\n\nThe talks in the harbour office lasted until late in the evening, and nobody who came out "
        "of the room would say what had been agreed. The bank wants an answer by Friday."
    )


@pytest.mark.parametrize("name", ["t19_about_walls.html", "t19b_about_walls.html"])
def test_an_article_about_walls_is_read(name: str) -> None:
    page = page_of(name)
    assert "Ana Kort" in page.text
    assert classify_text(page.text) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t08_nobr.html", "The shipping firm Orlan Freight went back to its creditors on 3 March, cap in hand"),
        ("t11_dropcap.html", "Orlan Freight went back to its creditors on Monday"),
        ("t18_nextdata.html", "Orlan Freight goes back to its creditors"),
    ],
)
def test_what_was_right_stays_so(name: str, words: str) -> None:
    assert words in page_of(name).text


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.txt")))
def test_a_text_is_kept_as_it_is(name: str) -> None:
    text = text_of(name)
    article = build_article(text, Source("text"), title=None, language=None, max_chars=10_000)
    assert article.text == text
    assert classify_text(text) is None


def test_the_speakers_of_a_transcript_own_their_lines() -> None:
    text = text_of("t04_transcript.txt")
    voices = [block.voice and text[block.voice.start : block.voice.end] for block in parse_blocks(text)]
    assert voices == [None, "ANNA KORT", "PAUL ORLAN", "KORT", "ORLAN", "KORT"]


def test_a_mails_quoted_lines_are_the_senders() -> None:
    text = text_of("t12_email.txt")
    blocks = parse_blocks(text)
    assert [block.kind for block in blocks] == ["mail_header", "paragraph", "paragraph", "quoted", "signature"]
    quoted = blocks[3]
    assert quoted.voice is not None
    assert text[quoted.voice.start : quoted.voice.end] == "press office"
    assert text[quoted.span.start : quoted.span.end].startswith("> Orlan Freight is begging")
    article = build_article(text, Source("text"), title=None, language=None, max_chars=10_000)
    assert article.title == "Re: Orlan Freight"
