"""Names of speakers (`speakers.NameResolver`)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.text.names import FULL_NAME, NameResolver


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    speaker: str
    full: str


CASES = (
    Case("surname", "Ilka Varga left. Varga said no.", "Varga", "Ilka Varga"),
    Case("title", "Ms Varga said no. Ilka Varga left.", "Ms Varga", "Ilka Varga"),
    Case("titles before the full name", "Prime Minister Ilka Varga left.", "Varga", "Ilka Varga"),
    Case("middle name", "Ilka Varga left. Ilka M. Varga said no.", "Varga", "Ilka M. Varga"),
    Case("a word that opens a sentence", "Ilka Varga left. When Varga spoke, But Varga ran.", "Varga", "Ilka Varga"),
    Case("possessive", "Ilka Varga’s army ran.", "Varga", "Ilka Varga"),
    Case("two of one surname", "Ilka Varga and Tomas Varga left.", "Varga", "Varga"),
    Case("never named in full", "Mr. Varga left.", "Mr. Varga", "Varga"),
    Case("full already", "Ilka Varga left.", "Ilka Varga", "Ilka Varga"),
    Case("described", "Ilka Varga left, a senior official said.", "a senior official", "a senior official"),
    Case("in no text", "Ilka Varga left.", "Tessa Mair", ""),
    Case("a party is no country", "United Orvane won. Orvane lost.", "Orvane", "Orvane"),
    Case("country and title", "Orvanian President Ilka Varga left.", "Orvanian President Ilka Varga", "Ilka Varga"),
    Case("nobody", "Ilka Varga left.", "", ""),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_speaker_goes_by_the_fullest_name_of_the_text(case: Case) -> None:
    assert NameResolver(case.text).full_name(case.speaker) == case.full


@pytest.mark.parametrize("text", ["A" * 300_000, "Ab" * 150_000, "A’" * 150_000])
def test_capitals_without_end_are_gone_through_once(text: str) -> None:
    """Were it quadratic, this would take hours."""
    assert FULL_NAME.search(text) is None
    assert not NameResolver(text).full_name("Varga")
