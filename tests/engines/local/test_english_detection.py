"""Which texts the local engine reads (`engine.may_be_english`)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.engines.local.engine import may_be_english


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    english: bool


CASES = (
    Case("English", "The minister said that it would be signed in the spring. " * 4, english=True),
    Case("too short to tell", "Orvane sells harbour", english=True),
    Case("no words", "12 34 !? 😀", english=True),
    Case("Spanish", "El ministro dijo que se firmaría en la primavera. " * 5, english=False),
    Case("German", "Der Minister sagte, dass sie im Frühling unterschrieben werde. " * 5, english=False),
    Case("Arabic", "مرحبا بالعالم", english=False),
    Case("Chinese", "指导者很强。", english=False),
    Case("JSON", '{"name": "value", "list": [true, null], "key": "word"} ' * 20, english=False),
    Case("capitals of English", "THE MINISTER SAID THAT THE DEAL WAS A GOOD ONE. " * 5, english=True),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_english_is_told_by_its_script_and_commonest_words(case: Case) -> None:
    assert may_be_english(case.text) is case.english
