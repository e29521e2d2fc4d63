from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.analysis.generated_text import HEADLINE_MAX
from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.extractive_summary import summarize

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
    summary = summarize("Halden Closes Its Bridge", split_sentences(text))
    assert summary.headline == "Halden Closes Its Bridge"
    assert len(summary.sentences) == 3
    assert [s.at[0] for s in summary.sentences] == sorted(s.at[0] for s in summary.sentences)
    assert all(s.quotes == (s.text,) and text.startswith(s.text, s.at[0]) for s in summary.sentences)


@pytest.mark.parametrize("left_out", [PLAIN[1], PLAIN[4]], ids=["dangling pronoun", "boilerplate"])
def test_sentences_that_cannot_stand_alone_are_left_out(left_out: str) -> None:
    text = " ".join(PLAIN)
    assert left_out not in {s.text for s in summarize(None, split_sentences(text)).sentences}


def test_the_same_is_not_said_twice() -> None:
    twice = PLAIN[0].replace("old", "aged")
    chosen = {
        s.text for s in summarize(None, split_sentences(" ".join((PLAIN[0], twice, PLAIN[2], PLAIN[3])))).sentences
    }
    assert not {PLAIN[0], twice} <= chosen


def test_a_text_that_repeats_itself_gets_fewer_sentences() -> None:
    """Live blogs print an update again, and pages their first paragraph."""
    chosen = [s.text for s in summarize(None, split_sentences(" ".join((PLAIN[0], PLAIN[2]) * 3))).sentences]

    assert chosen == [PLAIN[0], PLAIN[2]]


@dataclass(frozen=True)
class Length:
    id: str
    repeat: int
    sentences: int


@pytest.mark.parametrize(
    "case", [Length("short", 2, 3), Length("middle", 13, 4), Length("long", 20, 5)], ids=lambda case: case.id
)
def test_longer_texts_get_more_sentences_but_never_more_than_five(case: Length) -> None:
    towns = ("Halden", "Verrin", "Tarsin", "Orvane", "Kestrel")
    text = " ".join(line.replace("Halden", towns[n % 5]) for n in range(case.repeat) for line in PLAIN)
    assert len(summarize(None, split_sentences(text)).sentences) == case.sentences


def test_as_many_sentences_as_are_asked_for() -> None:
    assert len(summarize(None, split_sentences(" ".join(PLAIN)), 2).sentences) == 2


def test_a_sentence_that_leans_on_the_one_before_it_only_follows_it() -> None:
    lean = "It carries eight thousand cars between the harbour of Halden and the old town over the river each day."
    text = " ".join((PLAIN[0], lean, *PLAIN[2:4], PLAIN[5]))
    sentences = split_sentences(text)
    for count in range(1, 6):
        at = {s.at[0] for s in summarize(None, sentences, count).sentences}
        assert sentences[0].start in at or sentences[1].start not in at
    assert at == {s.start for s in sentences}


def test_a_connective_is_taken_before_a_named_subject_and_only_behind_its_sentence() -> None:
    named = "But the council of Halden keeps the tunnel under the river open for the cars of the old town."
    unnamed = "But he told the council of Halden that the tunnel under the river of the old town stays open."
    weather = "Nobody expects any rain there before the end of September."
    text = "\n\n".join((PLAIN[0], named, PLAIN[2], unnamed, weather))
    for count in range(1, 5):
        chosen = [s.text for s in summarize(None, split_sentences(text), count).sentences]
        assert named not in chosen or PLAIN[0] in chosen
        assert unnamed not in chosen
    assert named in [s.text for s in summarize(None, split_sentences(text), 3).sentences]


@dataclass(frozen=True)
class Opening:
    id: str
    sentence: str
    chosen: bool


@pytest.mark.parametrize(
    "case",
    [
        Opening(
            "named", "“The old bridge over the river of Halden is a danger to traffic,” said Anna Orlo.", chosen=True
        ),
        Opening("he said", "“The old bridge over the river of Halden is a danger to traffic,” he said.", chosen=False),
        Opening("nobody", "“The old bridge over the river of Halden is a danger to traffic in town.”", chosen=False),
        Opening("half a quote", "“The old bridge over the river of Halden is a danger to traffic.", chosen=False),
    ],
    ids=lambda case: case.id,
)
def test_a_quotation_opens_a_sentence_of_the_summary_only_with_its_speaker(case: Opening) -> None:
    text = "\n\n".join((case.sentence, "No.", PLAIN[3], PLAIN[5]))
    chosen = {s.text for s in summarize(None, split_sentences(text)).sentences}
    assert (case.sentence in chosen) is case.chosen


def test_news_is_summed_up_by_its_opening_and_an_essay_by_its_fullest_sentences() -> None:
    short = "The council of Halden will close the bridge this year."
    longer = [
        f"The council of Halden will close the {road} and the bridge to all cars this year."
        for road in ("tunnel", "street", "avenue")
    ]
    lines = [short, *(f"Nobody there has seen a {thing} of that sort." for thing in ("clown", "whale", "comet"))]
    news = summarize(None, split_sentences("\n\n".join(lines + longer)), 2)
    essay = summarize(None, split_sentences(" ".join(lines) + "\n\n" + " ".join(longer)), 2)
    assert short in {s.text for s in news.sentences}
    assert short not in {s.text for s in essay.sentences}


def test_line_breaks_inside_a_sentence_do_not_show() -> None:
    text = "The council of Halden voted on Monday to close the old\nbridge over the river. " + " ".join(PLAIN[2:4])
    first = summarize(None, split_sentences(text)).sentences[0]
    assert "\n" not in first.text
    assert "\n" in first.quotes[0]


@pytest.mark.parametrize("text", ["x" * 5000, "!? " * 400, "😀" * 300], ids=["one word", "stops", "emoji"])
def test_a_text_without_sentences_has_none_in_its_summary(text: str) -> None:
    summary = summarize(None, split_sentences(text))
    assert summary.sentences == ()
    assert 0 < len(summary.headline) <= HEADLINE_MAX


def test_a_long_headline_is_cut_between_words() -> None:
    headline = summarize("Halden " * 40, split_sentences("Halden voted.")).headline
    assert len(headline) <= HEADLINE_MAX
    assert headline.endswith("Halden…")


@pytest.mark.parametrize(
    "unfit",
    [
        "The mayor of Halden, trotting out her bridge over the river, her tunnel and the council of the old town.",
        "The bridge over the river of Halden and the tunnel of the council under the old town, again.",
        "Alright, folks, we look at the bridge of Halden, the river, the council and the mayor of the town now.",
        "Dear readers, the bridge over the river of Halden and the council are what we write of this week.",
        "READ MORE: The council of Halden begs the mayor to keep the bridge over the river of the old town open.",
        "Related: The council of Halden begs the mayor to keep the bridge over the river of the old town open.",
        "> The council of Halden begs the mayor to keep the bridge over the river of the old town open.",
        "Home | Archive | The council of Halden begs the mayor to keep the bridge over the river open.",
        "ANNA KORT, HOST: The council of Halden begs the mayor to keep the bridge over the river open.",
        "[00:12] Anna Kort says that the council of Halden begs the mayor to keep the bridge open.",
        "Why does the council of Halden beg the mayor to keep the bridge over the river of the town open?",
        "But he told the council of Halden that the bridge over the river of the old town would be kept open.",
    ],
)
def test_what_reads_as_no_sentence_of_a_summary_is_left_out(unfit: str) -> None:
    text = "\n\n".join((unfit, PLAIN[0], unfit, PLAIN[2], PLAIN[3], PLAIN[5]))
    chosen = [s.text for s in summarize(None, split_sentences(text)).sentences]
    assert len(chosen) == 3
    assert unfit not in chosen


def test_the_first_sentence_of_news_says_what_happened() -> None:
    text = "\n\n".join(("Good evening, dear readers, and welcome to the news from Halden and the river.", *PLAIN))
    assert summarize(None, split_sentences(text)).sentences[0].text == PLAIN[0]
