from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.text.sentences import split_sentences
from subtext.engines.local.target import infer_target, target_from_name


@dataclass(frozen=True)
class Case:
    id: str
    title: str | None
    text: str
    name: str | None


CASES = (
    Case("the headline's actor", "Orvane Sells Up", "It was signed by Orvane. So Vane and Vane paid.", "Orvane"),
    Case("the full name", None, "On Monday Anna Orlo spoke. Then Orlo left. In Halden it rained.", "Anna Orlo"),
    Case("possessive", "Orlo’s Long Goodbye", "We saw Orlo leave.", "Orlo"),
    Case("no name", None, "The ministers will meet. They met once.", "the ministers"),
    Case("days are nobody", None, "It was on Monday and in March.", None),
    Case("a thing in passing", None, "You feel the pinch.", None),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_target_is_whom_the_text_is_about(case: Case) -> None:
    target = infer_target(case.title, split_sentences(case.text))
    assert (target and target.name) == case.name


@pytest.mark.parametrize(
    ("name", "word", "meant"),
    [
        ("Anna Orlo", "orlo", True),
        ("President Anna Orlo", "president", False),
        ("the Kestrel Freight company", "kestrel", True),
        ("the ministers", "ministers", True),
        ("United Harbour Front", "uhf", False),
        ("Harbour Freight Union", "hfu", True),
        ("Anna Orlo", "vane", False),
        ("!?", "vane", False),
    ],
)
def test_a_target_goes_by_the_telling_words_of_its_name(name: str, word: str, meant: bool) -> None:
    assert target_from_name(name).is_named_in([word]) is meant
