from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.local.target import target_from_name
from subtext.engines.local.trained.entity_masking import NAME, TARGET, EntityMasker


@dataclass(frozen=True)
class Hidden:
    name: str
    text: str
    expected: str
    target: str | None = "Ukraine"


HIDDEN = (
    Hidden("the target", "Then Ukraine asked again.", f"Then {TARGET} asked again."),
    Hidden("the target as an adjective", "The Ukrainian army asked.", f"The {TARGET} army asked."),
    Hidden("another name", "Then Anna Orlo of Norwick Docks left.", f"Then {NAME} left."),
    Hidden("a possessive stays", "It was Orlo’s plea.", f"It was {NAME}’s plea."),
    Hidden("a day is no name", "They met on Monday.", "They met on Monday."),
    Hidden("a capital that opens a sentence", "Ministers met. Banks closed.", "Ministers met. Banks closed."),
    Hidden("initials", "The EU met; the UN left.", f"The {NAME} met; the {NAME} left."),
    Hidden("initials that stand for the target", "Then the US asked.", f"Then the {TARGET} asked.", "United States"),
    Hidden("a word that only looks like the initials", "Then they told us.", "Then they told us.", "United States"),
    Hidden("no target", "Then Ukraine asked.", f"Then {NAME} asked.", None),
)


def names(text: str, target: str | None) -> EntityMasker:
    return EntityMasker([text], target_from_name(target) if target else None)


@pytest.mark.parametrize("case", HIDDEN, ids=lambda case: case.name)
def test_who_is_named_is_hidden(case: Hidden) -> None:
    assert names(case.text, case.target).mask(case.text, heading=False).text == case.expected


def test_in_a_heading_only_names_that_the_text_uses_are_names() -> None:
    known = EntityMasker(["Then Orlan fell. The fleet was sold."], None)
    assert known.mask("Orlan Sells Its Fleet", heading=True).text == f"{NAME} Sells Its Fleet"


@given(
    st.lists(
        st.sampled_from(["Ukraine", "Orlo", "the", "of", "asked", "U.S.", ". ", ", ", "’s", "-", "é"]), max_size=30
    )
)
def test_every_range_leads_back_into_the_text(parts: list[str]) -> None:
    text = " ".join(parts)
    masked = names(text, "Ukraine").mask(text, heading=False)
    for start in range(len(masked.text)):
        low, high = masked.to_original(start, start + 1)
        assert 0 <= low < high <= len(text)


def test_a_name_is_never_cut() -> None:
    text = "Then Anna Orlo left."
    masked = names(text, None).mask(text, heading=False)
    at = masked.text.index(NAME)
    low, high = masked.to_original(at, at + len(NAME))
    assert text[low:high] == "Anna Orlo"
