from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.attribution import attribute


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
