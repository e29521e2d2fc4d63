from __future__ import annotations

from dataclasses import dataclass

import pytest

from subtext.analysis.content_words import ContentWords
from subtext.analysis.faithfulness.tokens import TokenizedText
from subtext.domain.text.prepared import PreparedText

TEXT = (
    "Orlan Freight Begs Creditors For Time\n\n"
    "On Monday the chairman of Orlan Freight, Ivo Brandt, met President Marlo in Norland. Down and out, the firm has "
    "$900 million of debts and 47 ships. Brandt's men beg for time. He has to. Der Staat ist am Ende."
)


@dataclass(frozen=True)
class Quote:
    words: str
    says: bool
    language: str = "en"
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "quote",
    [
        Quote("beg for time", says=True),
        Quote("beg", says=True),
        Quote("Down and out", says=True),
        Quote("Begs Creditors", says=True),
        Quote("Creditors", says=True),
        Quote("Orlan Freight Begs Creditors For Time", says=True),
        Quote("met President Marlo", says=True),
        Quote("The", says=False),
        Quote("the", says=False),
        Quote("of", says=False),
        Quote("He has to", says=False),
        Quote("Orlan Freight", says=False),
        Quote("Brandt's", says=False),
        Quote("the Ivo Brandt", says=False),
        Quote("President Marlo", says=False),
        Quote("in Norland", says=False),
        Quote("47", says=False),
        Quote("$900", says=False),
        Quote("…", says=False),
        Quote("Kessler", says=True),
        Quote("Kessler", says=False, names=("Anna Kessler",)),
        Quote("The navy", says=True, names=("the navy",)),
        Quote("ist", says=False, language="de"),
        Quote("nicht", says=False, language="de"),
        Quote("am Ende", says=True, language="de"),
        Quote("dla", says=False, language="xx"),
        Quote("wojna", says=True, language="xx"),
        Quote("的", says=False, language="zh"),
        Quote("的确", says=True, language="zh"),
    ],
    ids=lambda quote: f"{quote.words}-{quote.language}-{len(quote.names)}",
)
def test_a_quote_needs_a_word_that_is_no_function_word_name_or_number(quote: Quote) -> None:
    assert (
        ContentWords(TokenizedText(PreparedText(TEXT)), quote.language, quote.names).are_in(quote.words) == quote.says
    )
