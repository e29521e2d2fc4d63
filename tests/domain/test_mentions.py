"""How often a name stands in a text, as a reader counts it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.domain.mentions import count_mentions
from subtext.domain.text.normalization import NormalizedText


@dataclass(frozen=True)
class Counted:
    id: str
    name: str
    text: str
    count: int


@pytest.mark.parametrize(
    "case",
    [
        Counted("as it is", "Orlan", "Orlan spoke. Nobody answered Orlan.", 2),
        Counted("a headline in capitals", "the Grey House", "THE GREY HOUSE YIELDS\n\nSo said the Grey House.", 2),
        Counted("a sentence opens with it", "the Grey House", "The Grey House is silent.", 1),
        Counted("without its article", "the Grey House", "Grey House aides left. A Grey House plan.", 2),
        Counted("the article alone", "the", "the end of the road", 2),
        Counted("possessive", "Orlan", "Orlan's plan, Orlan’s men, ORLAN'S WAR", 3),
        Counted("possessive of a name in s", "Tollis", "Tollis' plan and Tollis’s men", 2),
        Counted("inside a longer word", "Orlan", "Orlando, Vorlan, Orlanism, Orlan-Varga, Orlan's-eye", 0),
        Counted("a name is no common word", "May", "May may go, if she may.", 1),
        Counted("an abbreviation is no pronoun", "US", "The US told us. US’s allies and U.S. aides.", 2),
        Counted("a lower-case name is written in capitals", "grey house", "Grey House and GREY HOUSE", 2),
        Counted("a text without capitals", "Orlan", "orlan's men came. orlan left, orlando stayed.", 2),
        Counted("curly apostrophe inside", "D'Arlo", "D’Arlo and D’ARLO’S", 2),
        Counted("broken over lines", "Kim Varga", "Kim\nVarga and Kim Varga", 2),
        Counted("two blanks inside", "Kim Varga", "Kim  Varga and KIM  VARGA", 2),
        Counted("a letter that grows in lower case", "İlka", "İİİ İLKA, İlka", 2),
        Counted("unspaced script", "中国", "中国的中国", 2),
        Counted("not in the text", "Someone Else", "Orlan spoke.", 0),
        Counted("no word", "…", "Well … well.", 0),
        Counted("longer than a quote", "a" * 3_000, "a" * 4_000, 0),
    ],
    ids=lambda case: case.id,
)
def test_a_name_is_counted_as_a_reader_counts_it(case: Counted) -> None:
    assert count_mentions(case.name, NormalizedText(case.text)) == case.count
