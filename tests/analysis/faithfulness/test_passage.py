from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.analysis.faithfulness.passage import Passage
from subtext.analysis.faithfulness.token import tokenize
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.text.prepared import PreparedText

TEXT = "The United Nations of Orvane met. The harbour stayed shut, the Dockers say."


@dataclass(frozen=True)
class Name:
    id: str
    word: str
    sentence: int
    has: bool


@pytest.mark.parametrize(
    "case",
    [
        Name("as it is written", "Orvane", 0, has=True),
        Name("in another form", "Docker", 1, has=True),
        Name("initials of names in a row", "UNO", 0, has=True),
        Name("initials that are another's", "UNA", 0, has=False),
        Name("of another sentence", "Orvane", 1, has=False),
        Name("initials of another sentence", "UNO", 1, has=False),
    ],
    ids=lambda case: case.id,
)
def test_a_passage_has_the_names_of_its_own_sentences(case: Name) -> None:
    passage = Passage(TokenizedText(PreparedText(TEXT)), [case.sentence])

    assert passage.has_name(tokenize(case.word)[0].words[0]) is case.has
