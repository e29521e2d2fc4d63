from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute

FRAMING = Path(__file__).resolve().parents[4] / "shared" / "data" / "framing"


@dataclass(frozen=True)
class Case:
    """`speaker` of the passage that holds `phrase`: None is the author, the empty string nobody that can be told."""

    id: str
    text: str
    phrase: str
    speaker: str | None


CASES = (
    Case("said, after", "“We are begging for time,” said Anna Orlo.", "begging", "Anna Orlo"),
    Case("said, inverted", "“We are begging for time,” Orlo said.", "begging", "Orlo"),
    Case("said, before", "Orlo said: “We are begging for time.”", "begging", "Orlo"),
    Case("colon", "Anna Orlo: “We are begging for time.”", "begging", "Anna Orlo"),
    Case("title", "“We are begging,” said President Anna Orlo.", "begging", "Anna Orlo"),
    Case("aside", "“We are begging,” Anna Orlo, the minister, said.", "begging", "Anna Orlo"),
    Case("described", "“They are begging,” a senior official said on Monday.", "begging", "a senior official"),
    Case("split quote, second half", "“We hold on,” Orlo said. “We beg nobody.”", "beg nobody", "Orlo"),
    Case("split sentence", "“We hold on,” Orlo said, “and we beg nobody.”", "beg nobody", "Orlo"),
    Case("he, back to a name", "Marden lost again. “We are begging,” said Orlo. “Help us,” he added.", "Help", "Orlo"),
    Case("according to, first", "According to Anna Orlo, the army is begging for shells.", "begging", "Anna Orlo"),
    Case("according to, last", "The army is begging for shells, according to Anna Orlo.", "begging", "Anna Orlo"),
    Case("reported with that", "Orlo said that the army was begging for shells.", "begging", "Orlo"),
    Case("reported, verb last", "The army is begging for shells, Orlo said.", "begging", "Orlo"),
    Case("analysts", "Analysts warn that the army is begging for shells.", "begging", "Analysts"),
    Case("called", "The ministry called the sanctions “the flailing of a dying hegemon”.", "flailing", "The ministry"),
    Case("the author again", "Orlo said it was winning, but the army is begging.", "begging", None),
    Case("narration", "The army is begging for shells.", "begging", None),
    Case("no verb of saying", "The claim is that of an army begging for shells.", "begging", None),
    Case("after a day", "On Thursday evening Orlo Steel announced a “century of strength”.", "century", "Orlo Steel"),
    Case("after a date", "In March 2024, Orlo announced a “century of strength”.", "century", "Orlo"),
    Case("he acted last", "“No,” said Vane. A spokesman left. Orlo, he said, “begs nobody”.", "begs", "A spokesman"),
    Case("age and trade", "“We are begging,” Anna Orlo, 21, a baker, told me.", "begging", "Anna Orlo"),
    Case("role, then name", "Halden’s minister, Anna Orlo, said it was begging.", "begging", "Anna Orlo"),
    Case("seat and clause", "Anna Orlo, D-Halden, who leads it, said it was begging.", "begging", "Anna Orlo"),
    Case("role without a name", "The former Halden minister said it begs.", "begs", "The former Halden minister"),
    Case("next paragraph", "“No,” said Anna Orlo.\n\n“We are begging.”", "begging", "Anna Orlo"),
    Case("fuller form", "“We are begging,” said Ms. Orlo. Anna Orlo left.", "begging", "Anna Orlo"),
    Case("initials", "According to the U.S. army, it is begging.", "begging", "the U.S. army"),
    Case("claims of", "The press made claims of an army begging for shells.", "begging", None),
    Case("nobody speaks", "It handed over the letter, prompting claims it was begging.", "begging", None),
    Case("lamented", "“We are begging,” lamented Orlo.", "begging", "Orlo"),
    Case("low-9", "„We are begging for time“, said Anna Orlo. „We hold on.“", "hold on", "Anna Orlo"),
    Case("low-9, high-9", "„We are begging for time”, Anna Orlo said.", "begging", "Anna Orlo"),
    Case("guillemets outward", "« We are begging », said Anna Orlo.", "begging", "Anna Orlo"),
    Case("guillemets inward", "»We are begging«, said Anna Orlo. »We hold on.«", "hold on", "Anna Orlo"),
    Case("old wire", "``We are begging,'' said Anna Orlo. ``We hold on.''", "hold on", "Anna Orlo"),
    Case("nested", "“I heard ‘we will crush them’ and ‘we beg’ in one hour,” said Anna Orlo.", "we beg", "Anna Orlo"),
    Case("nested alike", "“I heard “we will crush them” from him,” said Anna Orlo.", "crush", "Anna Orlo"),
    Case("reported, inverted", "Orlo Steel is begging for time, said Anna Vane, who leads it.", "begging", "Anna Vane"),
    Case("inverted role", "Orlo Steel is begging, warned union leader Anna Vane.", "begging", "Anna Vane"),
    Case("inverted, described", "Orlo Steel is begging, said a senior official.", "begging", "a senior official"),
    Case(
        "she said, between",
        "It begs, said Anna Vane. Orlo has no cash, she said, and no friends.", "friends", "Anna Vane",
    ),
    Case("named, between", "The army, Anna Orlo said, is begging for shells.", "shells", "Anna Orlo"),
    Case("source, between", "Orlo has no cash, according to Anna Vane, and no friends left.", "friends", "Anna Vane"),
    Case(
        "verb last, long",
        "The army begs, Anna Orlo said in an interview with the paper on Monday.", "begs", "Anna Orlo",
    ),
    Case(
        "he, next paragraph",
        "Mr. Anton Orlo praised the army.\n\nAt a dinner, he said it begs nobody.", "begs", "Anton Orlo",
    ),
    Case("who added", "“No,” said Anna Orlo, who added that “the army begs”.", "begs", "Anna Orlo"),
    Case("adding, unmarked", "“No,” said Anna Orlo, adding that the army was begging.", "begging", "Anna Orlo"),
    Case("half marked", "The army begs for shells and “is lost,” said Anna Orlo, a teacher.", "begs", "Anna Orlo"),
    Case("the president", "President Anna Orlo left. “We are begging,” the president said.", "begging", "Anna Orlo"),
    Case("of a place", "“We are begging,” said Senator Anna Orlo of Halden.", "begging", "Anna Orlo"),
    Case("state and title", "Halden Gov. Anna Orlo said it was begging.", "begging", "Anna Orlo"),
    Case("vice president", "Vice President Anna Orlo said it was begging.", "begging", "Anna Orlo"),
    Case("nationality and title", "Orvanian President Anna Orlo said it was begging.", "begging", "Anna Orlo"),
    Case("party and state", "Sen. Anna Orlo (R-Halden) said it was begging.", "begging", "Anna Orlo"),
    Case("letters beyond ASCII", "“We are begging,” said Łucja Ørlund.", "begging", "Łucja Ørlund"),
    Case("nothing speaks", "Nothing in it suggests that Orlo Steel was begging.", "begging", None),
    Case("nobody spoke", "Nobody at Orlo Steel said that it was begging.", "begging", None),
    Case("unclosed", "“Orlo is begging, said Anna Vane. It has no cash, she wrote.\n\nOrlo won.", "cash", ""),
    Case("unclosed, after a speaker", "“No,” said Anna Orlo.\n\n“It begs, said Vane.\n\nOrlo won.", "begs", ""),
    Case("behind an unclosed one", "“Orlo is begging, said Anna Vane.\n\nOrlo won.", "won", None),
    Case("unclosed, then closed", "“Orlo begs, said Vane. “It is lost,” said Anna Orlo.", "lost", "Anna Orlo"),
    Case("opens at each sentence", '"We beg. "We hold on," said Anna Orlo.', "beg", "Anna Orlo"),
    Case(
        "line before",
        "Leader Anna Orlo wrote in a statement:\n\n“We are begging.”\n\nTalks go on.", "begging", "Anna Orlo",
    ),
    Case("from, before", "And from Chairwoman Anna Orlo:\n\n“We are begging.”\n\nTalks go on.", "begging", "Anna Orlo"),
    Case(
        "footer",
        "Talks go on.\n\n“We are begging.”\n\n— Anna Orlo, union leader\n\nThe end.", "begging", "Anna Orlo",
    ),
    Case("footer, two paragraphs", "Talks go on.\n\n“We beg.\n\n“We hold.”\n\n— Anna Orlo", "beg", "Anna Orlo"),
    Case("footer, same line", "“We are begging.” - Commissioner Anna Orlo", "begging", "Anna Orlo"),
    Case("a block of nobody's", "Orlo Steel met on Monday.\n\n“We are begging.”\n\nTalks go on.", "begging", ""),
    Case("term in quotes", "It was an “invincible” army once.", "invincible", ""),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_phrase_belongs_to_who_says_it(case: Case) -> None:
    passage = attribute(case.text, split_sentences(case.text)).at(case.text.index(case.phrase))
    assert (passage and passage.speaker) == case.speaker


def test_a_quotation_over_several_paragraphs_keeps_its_speaker() -> None:
    text = (
        "“We held the pass,” Orlo said. “They came again.\n\n“We beg nobody.\n\n“Nor will we.”\n\nThe army is begging."
    )
    voices = attribute(text, split_sentences(text))
    speakers = [voices.at(text.index(phrase)) for phrase in ("came", "beg nobody", "Nor", "army")]
    assert [passage and passage.speaker for passage in speakers] == ["Orlo", "Orlo", "Orlo", None]


def test_what_is_quoted_is_told_from_what_is_reported() -> None:
    text = "Orlo said that the army was lost. “It begs,” said Vane."
    voices = attribute(text, split_sentences(text))
    assert [text[p.start : p.end] for p in voices.quoted] == ["It begs,"]
    assert [text[p.start : p.end].strip() for p in voices.reported] == ["that the army was lost."]


TRANSCRIPT = """Evening programme, rush transcript

ANNA KORT, HOST: Good evening. Orlo Steel met its creditors. With us is its chief.

PAUL VANE, CHIEF EXECUTIVE, ORLO STEEL: We are begging for a month.

KORT: The union says you threatened drivers.

VANE: We will crush them."""
MAIL = """Orlo Steel published its figures on Monday. Revenue was flat.

On Tue, 3 Mar 2026 at 09:12, Tessa Mair <mair@rival.example> wrote:
> Orlo Steel is begging its creditors.
> It has run out of cash.

Talks go on."""
INTERVIEW = """[00:12] Anna Kort: What did you see?

[00:15] Paul Vane: They were begging.

[00:19] Anna Kort: And then?

[00:23] Paul Vane: They paid."""
QUESTIONS = """Q: What did you see?

A: They were begging.

Q: And then?

A: They paid."""
FORUM = """Tessa Mair wrote:
> Orlo Steel is begging its creditors.

I do not think so."""


@pytest.mark.parametrize(
    "case",
    [
        Case("transcript, title", TRANSCRIPT, "begging", "PAUL VANE"),
        Case("transcript, surname", TRANSCRIPT, "crush", "PAUL VANE"),
        Case("transcript, host", TRANSCRIPT, "threatened", "ANNA KORT"),
        Case("transcript, heading", TRANSCRIPT, "rush", None),
        Case("time and name", INTERVIEW, "begging", "Paul Vane"),
        Case("question and answer", QUESTIONS, "begging", ""),
        Case("mail", MAIL, "begging", "Tessa Mair"),
        Case("mail, second line", MAIL, "run out", "Tessa Mair"),
        Case("mail, own words", MAIL, "Talks", None),
        Case("mail, own words before", MAIL, "flat", None),
        Case("forum", FORUM, "begging", "Tessa Mair"),
        Case("forum, own words", FORUM, "think", None),
        Case(
            "a label in an article",
            "OPINION: Orlo\n\nIt won.\n\nIt was late.\n\nIt is.\n\nSo.\n\nTRUMP: NO",
            "late",
            None,
        ),
    ],
    ids=lambda case: case.id,
)
def test_each_line_belongs_to_who_is_named_for_it(case: Case) -> None:
    test_a_phrase_belongs_to_who_says_it(case)


NAMES = ("Anna Orlo", "Gov. Tessa Mair", "Vice President Piet Aldous", "the ministry", "He", "Nothing", "Orlo Steel")
FRAMES = (
    "“{c},” said {n}.", "“{c},” {n} said.", "{n} said that {c}.", "{c}, {n} said.", "„{c}“, said {n}.", "{n}: “{c}.”",
    "``{c},'' {n} said.", "“{c}, said {n}.", "According to {n}, {c}.", "{c}, said {n}, who left.", "— {n}, leader",
    "{n} (D-Halden), 21, wrote: “{c}.”", "{n}’s aide told {n} that {c}.",
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(FRAMES), st.sampled_from(NAMES)), max_size=8), st.sampled_from(["\n\n", " "]))
def test_a_speakers_name_stands_in_the_text_and_is_no_pronoun(rows: list[tuple[str, str]], between: str) -> None:
    text = between.join(frame.format(c="they are begging", n=name) for frame, name in rows)
    voices = attribute(text, split_sentences(text))
    for passage in (*voices.quoted, *voices.reported):
        assert passage.speaker in text
        assert passage.speaker.lower() not in {"he", "she", "they", "nothing", "who"}


@pytest.mark.skipif(not FRAMING.exists(), reason="the coded articles do not lie beside the checkout")
@pytest.mark.parametrize("name", ["train", "train2", "dev"])
def test_the_speakers_of_coded_articles_stand_in_their_texts(name: str) -> None:
    for line in (FRAMING / f"{name}.jsonl").read_text("utf-8").splitlines():
        text = json.loads(line)["text"]
        voices = attribute(text, split_sentences(text))
        assert {p.speaker for p in (*voices.quoted, *voices.reported) if p.speaker not in text} == set()
