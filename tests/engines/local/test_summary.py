from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.sentences import split
from subtext.engines.local.summary import HEADLINE_MAX, summarise

PLAIN = (
    "The council of Halden voted on Monday to close the old bridge over the river.",
    "It had been a danger to traffic for years, the engineers had said again and again.",
    "The bridge carries eight thousand cars a day between the harbour and the old town.",
    "Drivers will have to take the tunnel under the river until a new bridge is built.",
    "Leave a comment below and sign up for our newsletter to read more about Halden.",
    "The mayor promised that the new bridge over the river would be open in three years.",
)


def test_a_summary_is_the_articles_own_sentences_in_order_and_each_is_its_own_quote() -> None:
    text = "Halden Closes Its Bridge\n\n" + " ".join(PLAIN)
    summary = summarise("Halden Closes Its Bridge", split(text))
    assert summary.headline == "Halden Closes Its Bridge"
    assert len(summary.sentences) == 3
    assert [s.at[0] for s in summary.sentences] == sorted(s.at[0] for s in summary.sentences)
    assert all(s.quotes == (s.text,) and text.startswith(s.text, s.at[0]) for s in summary.sentences)


@pytest.mark.parametrize("left_out", [PLAIN[1], PLAIN[4]], ids=["dangling pronoun", "boilerplate"])
def test_sentences_that_cannot_stand_alone_are_left_out(left_out: str) -> None:
    text = " ".join(PLAIN)
    assert left_out not in {s.text for s in summarise(None, split(text)).sentences}


def test_the_same_is_not_said_twice() -> None:
    twice = PLAIN[0].replace("old", "aged")
    chosen = {s.text for s in summarise(None, split(" ".join((PLAIN[0], twice, PLAIN[2], PLAIN[3])))).sentences}
    assert not {PLAIN[0], twice} <= chosen


@dataclass(frozen=True)
class Length:
    id: str
    repeat: int
    sentences: int


@pytest.mark.parametrize(
    "case", [Length("short", 2, 3), Length("middle", 5, 4), Length("long", 15, 5)], ids=lambda case: case.id
)
def test_longer_texts_get_more_sentences_but_never_more_than_five(case: Length) -> None:
    towns = ("Halden", "Verrin", "Tarsin", "Orvane", "Kestrel")
    text = " ".join(line.replace("Halden", towns[n % 5]) for n in range(case.repeat) for line in PLAIN)
    assert len(summarise(None, split(text)).sentences) == case.sentences


def test_line_breaks_inside_a_sentence_do_not_show() -> None:
    text = "The council of Halden voted on Monday to close the old\nbridge over the river. " + " ".join(PLAIN[2:4])
    first = summarise(None, split(text)).sentences[0]
    assert "\n" not in first.text
    assert "\n" in first.quotes[0]


@pytest.mark.parametrize("text", ["x" * 5000, "!? " * 400, "😀" * 300], ids=["one word", "stops", "emoji"])
def test_a_text_without_sentences_has_none_in_its_summary(text: str) -> None:
    summary = summarise(None, split(text))
    assert summary.sentences == ()
    assert 0 < len(summary.headline) <= HEADLINE_MAX


def test_a_long_headline_is_cut_between_words() -> None:
    headline = summarise("Halden " * 40, split("Halden voted.")).headline
    assert len(headline) <= HEADLINE_MAX
    assert headline.endswith("Halden…")
