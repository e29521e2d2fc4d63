from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.analysis.evidence_builder import EvidenceBuilder
from subtext.analysis.speakers import SpeakerResolver
from subtext.domain.text.prepared import PreparedText
from tests.support.builders import article, claim

TEXT = (
    "Orlan Freight is begging for one more month, said Tessa Mair, who leads the dockers’ union. Ms. Mair asked twice. "
    "President Ilka Varga and the harbour officials left. ANNA KORT was there. Jon Vane and Piet Vane paid. "
    "Nobody left, she said."
)


@dataclass(frozen=True)
class Case:
    id: str
    speaker: str
    name: str


CASES = (
    Case("as it stands", "Tessa Mair", "Tessa Mair"),
    Case("surname", "Mair", "Tessa Mair"),
    Case("title", "Ms. Mair", "Tessa Mair"),
    Case("title that the text has not", "Dr. Mair", "Tessa Mair"),
    Case("title and role", "Ms. Mair, union leader", "Tessa Mair"),
    Case("role in brackets", "Tessa Mair (dockers' union)", "Tessa Mair"),
    Case("other capitals", "tessa mair", "Tessa Mair"),
    Case("capitals in the text", "Anna Kort", "ANNA KORT"),
    Case("words before a name", "Vice Ilka Varga", "Ilka Varga"),
    Case("country and title", "Orvanian President Ilka Varga", "Ilka Varga"),
    Case("two of one surname", "Vane", "Vane"),
    Case("described, as it stands", "harbour officials", "harbour officials"),
    Case("described, in the text's words", "union officials", "union officials"),
    Case("not in the text", "Carl Brandt", ""),
    Case("only the first name", "Tessa Brandt", ""),
    Case("described in other words", "anonymous insiders", ""),
    Case("pronoun", "she", ""),
    Case("nobody", "Nobody", ""),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_speaker_goes_by_the_fullest_name_that_the_article_has(case: Case) -> None:
    assert SpeakerResolver(PreparedText(TEXT)).resolve(case.speaker) == case.name


@given(st.text(st.sampled_from("TMaeisr .,’-V"), max_size=30))
def test_no_name_is_made_up(speaker: str) -> None:
    name = SpeakerResolver(PreparedText(TEXT)).resolve(speaker)
    assert name == speaker or name in TEXT


@pytest.mark.parametrize(
    ("name", "target"),
    [("Orlan Freight", "Orlan Freight"), ("Union leader Mair", "Tessa Mair"), ("The Sea League", "The Sea League")],
)
def test_a_target_goes_by_its_name_in_the_article(name: str, target: str) -> None:
    assert SpeakerResolver(PreparedText(TEXT)).resolve_target(name) == target


@pytest.mark.parametrize(
    ("text", "speaker", "name"),
    [
        ("Armand left. ARM refused.", "Arm", "ARM"),
        ("Ay\u015fe I\u015eIK left.", "I\u015f\u0131k", "Ay\u015fe I\u015eIK"),
    ],
    ids=["the name is a part of a word", "letters whose capitals are those of others"],
)
def test_a_name_may_stand_in_the_text_in_capitals_alone(text: str, speaker: str, name: str) -> None:
    assert SpeakerResolver(PreparedText(text)).resolve(speaker) == name


def test_one_person_written_in_several_ways_is_one_voice_and_the_quotes_of_a_stranger_are_kept() -> None:
    builder = EvidenceBuilder(article(TEXT, title=None))

    builder.add_framing(
        [
            claim("is begging for one more month", speaker="Ms. Mair, union leader"),
            claim("asked twice", speaker="Mair"),
            claim("harbour officials left", speaker="Carl Brandt"),
        ]
    )

    assert [(voice.kind, voice.name) for voice in builder.voices.values()] == [
        ("author", None),
        ("attributed", "Tessa Mair"),
        ("unclear", None),
    ]
    assert len(builder.evidence) == 3
    assert [warning.code for warning in builder.speaker_warnings()] == ["speaker_not_in_text", "speaker_renamed"]
    assert "Carl Brandt" in next(iter(builder.speaker_warnings())).message


def test_names_that_stand_in_the_article_are_no_cause_for_a_warning() -> None:
    builder = EvidenceBuilder(article(TEXT, title=None))
    builder.add_framing([claim("asked twice", speaker="Tessa Mair"), claim("left", speaker="")])
    assert list(builder.speaker_warnings()) == []
