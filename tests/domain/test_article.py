from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pytest

from subtext.domain.article import LEAD_CHARS, Article, Source, find_headline, prepend_title
from subtext.domain.evidence import Span
from subtext.domain.text.prepared import PreparedText
from subtext.domain.text.words import count_words
from subtext.errors import InvalidText

SOURCE = Source("text")


@dataclass(frozen=True)
class Headline:
    id: str
    text: str
    expected: str | None


@pytest.mark.parametrize(
    "case",
    [
        Headline("a line alone", "Firm asks again\n\nThe firm asked.", "Firm asks again"),
        Headline("after blank lines", "\n\n  Firm asks again \n\nThe firm asked.", "Firm asks again"),
        Headline("windows line ends", "Firm asks again\r\n\r\nThe firm asked.", "Firm asks again"),
        Headline("old line ends", "Firm asks again\r\rThe firm asked.", "Firm asks again"),
        Headline("a question", "Firm asks again?\n\nThe firm asked.", "Firm asks again?"),
        Headline("no blank line", "Firm asks again\nThe firm asked.", None),
        Headline("a sentence", "The firm asked.\n\nIt asked again.", None),
        Headline("nothing below", "Firm asks again\n\n \n", None),
        Headline("a long line", "word " * 50 + "\n\nThe firm asked.", None),
        Headline("no words", " \n ", None),
    ],
    ids=lambda case: case.id,
)
def test_a_headline_is_a_short_line_that_stands_alone(case: Headline) -> None:
    found = find_headline(case.text)

    assert (None if found is None else case.text[found.start : found.end]) == case.expected


@dataclass(frozen=True)
class Titled:
    id: str
    title: str | None
    body: str
    text: str
    headline: str | None
    done: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "case",
    [
        Titled("put before", "A title", "Body.", "A title\n\nBody.", "A title", ("title_prepended",)),
        Titled("not repeated", "A title", "\nA title\nBody.", "\nA title\nBody.", "A title"),
        Titled("blank is none", "  ", "Body.", "Body.", None),
        Titled("none is found", None, "A title\n\nBody.", "A title\n\nBody.", "A title"),
    ],
    ids=lambda case: case.id,
)
def test_a_title_stands_first_once(case: Titled) -> None:
    text, headline, done = prepend_title(case.title, case.body)

    assert text == case.text
    assert (None if headline is None else text[headline.start : headline.end]) == case.headline
    assert done == case.done


@pytest.mark.parametrize("text", ["", " \n\t ", "half \ud83d of a character"], ids=["empty", "blank", "surrogate"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidText):
        Article(text, SOURCE)


def test_a_headline_outside_the_text_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="outside"):
        Article("short", SOURCE, Span(0, 6))


def test_an_article_knows_its_title_digest_and_words() -> None:
    article = Article("Café opens\n\nIt's a well-known café, no. 10.", SOURCE, Span(0, 10))

    assert article.title == "Café opens"
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    assert article.word_count == 8
    assert Article("No title.", SOURCE).title is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("It's a well-known café, no. 10.", 6),
        ("नमस्ते दुनिया, यह हिन्दी है।", 5),
        ("cafe\u0301 au lait", 3),
        ("部长星期一表示，会谈已经失败。", 7),
        ("大臣は月曜日に、会談は失敗したと述べた。", 10),
        ("รัฐมนตรีกล่าวว่า", 4),
        ("The minister 部长 said", 4),
        ("장관은 월요일에 말했다.", 3),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("start", "segment"),
    [(0, "headline"), (9, "headline"), (10, "lead"), (9 + LEAD_CHARS, "lead"), (10 + LEAD_CHARS, "body")],
)
def test_segments_follow_the_headline(start: int, segment: str) -> None:
    article = Article("x" * 2_000, SOURCE, Span(0, 10))

    assert article.segment_of(Span(start, start + 5)) == segment


def test_without_a_headline_the_lead_comes_first() -> None:
    article = Article("x" * 2_000, SOURCE)

    assert article.segment_of(Span(0, 1)) == "lead"
    assert article.segment_of(Span(LEAD_CHARS, LEAD_CHARS + 1)) == "body"


def test_an_answer_that_is_kept_keeps_the_text_and_the_number_of_its_words_alone() -> None:
    article = Article("The fleet left. It came back.", Source("text"))
    assert len(article.prepared.sentences) == 2

    article.discard_prepared()
    article.discard_prepared()

    assert vars(article)["word_count"] == 6
    assert "prepared" not in vars(article)


def test_an_article_takes_over_what_was_prepared_of_its_text() -> None:
    text = PreparedText("The fleet left.")

    assert Article(text.text, Source("text"), prepared_text=text).prepared is text
