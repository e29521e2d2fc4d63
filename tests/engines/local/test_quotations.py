from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.engines.local.quotations import quotation_at, quotations


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    quoted: tuple[str, ...]


CASES = (
    Case("curly", "He said “we won” and left.", ("we won",)),
    Case("straight", 'He said "we won" and left "fast".', ("we won", "fast")),
    Case("guillemets", "He said «we won» twice.", ("we won",)),
    Case("single", "The 'invincible' army ran.", ("invincible",)),
    Case("single curly", "The ‘invincible’ army ran.", ("invincible",)),
    Case("apostrophes are no marks", "It's the army's and it won't ask the boys' mothers.", ()),
    Case("an apostrophe inside", "'We won't yield,' he said.", ("We won't yield,",)),
    Case("a possessive inside", "'It is the leaders' fear.' So he said.", ("It is the leaders' fear.",)),
    Case("single inside double", "“They call it ‘victory’ there,” she said.", ("They call it ‘victory’ there,",)),
    Case("double inside double", "“They call it “victory” there,” she said.", ("They call it “victory” there,",)),
    Case("unclosed", "He said “we won and left.", ("we won and left.",)),
    Case("low-9", "He said „we won“ and „we left”.", ("we won", "we left")),
    Case("guillemets inward", "He said »we won« twice.", ("we won",)),
    Case("old wire", "He said ``we won'' and left.", ("we won",)),
    Case("low single", "The ‚invincible‘ army ran.", ("invincible",)),
    Case("inches are no marks", 'The 6" pipe broke.', ()),
    Case("empty", "He said “” and left.", ()),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_quotations_of_a_paragraph_are_found_without_their_marks(case: Case) -> None:
    found = quotations([(10, case.text)])[0]
    assert tuple(case.text[quote.start - 10 : quote.end - 10] for quote in found) == case.quoted


def test_a_quotation_goes_on_where_the_next_paragraph_opens_with_a_mark() -> None:
    first, second = "“We held the pass.", "“We will hold it again,” he said."
    found = quotations([(0, first), (len(first) + 2, second)])
    assert [quote.continues for quotes in found for quote in quotes] == [True, False]
    assert (found[0][0].start, found[0][0].end) == (1, len(first))


@given(st.lists(st.text(st.sampled_from("ab \"'“”‘’‚«»„`s,.?"), max_size=60), max_size=5))
def test_quotations_are_in_order_and_never_overlap(texts: list[str]) -> None:
    offset, paragraphs = 0, []
    for text in texts:
        paragraphs.append((offset, text))
        offset += len(text) + 2
    found = [quote for quotes in quotations(paragraphs) for quote in quotes]
    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(
        quotation_at(found, quote.start) is quote and quotation_at(found, quote.end) is not quote for quote in found
    )
