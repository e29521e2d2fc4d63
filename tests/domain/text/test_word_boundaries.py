"""Where a quote ends and its word does not: each is another word, number or negation than the text's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.evidence import Match, Span
from subtext.domain.grounding import QuoteNotFound, ground
from subtext.domain.text import word_boundaries
from subtext.domain.text.normalization import NormalizedText


@dataclass(frozen=True)
class Edge:
    id: str
    text: str
    quote: str


@pytest.mark.parametrize(
    "case",
    [
        Edge("a prefix by its hyphen", "an un-willing ally", "willing ally"),
        Edge("a prefix by a non-breaking hyphen", "an un\u2011willing ally", "willing ally"),
        Edge("a prefix by a minus", "an un−willing ally", "willing ally"),
        Edge("a prefix by a wide hyphen", "an un－willing ally", "willing ally"),
        Edge("a prefix by an underscore", "an un_willing ally", "willing ally"),
        Edge("a prefix at the end of a line", "an un-\nwilling ally", "willing ally"),
        Edge("a prefix at the end of a wrapped line", "an un-\r\n  willing ally", "willing ally"),
        Edge("a prefix, hyphen quoted", "an un-willing ally", "-willing ally"),
        Edge("a suffix, hyphen quoted", "a war-weary ally", "a war-"),
        Edge("a prefix by a soft hyphen at the end of a line", "an un\u00ad\nwilling ally", "willing ally"),
        Edge("a word broken at the end of a line", "a war-\nweary ally", "a war"),
        Edge("a prefix by a soft hyphen", "an un\u00adwilling ally", "willing ally"),
        Edge("a prefix, soft hyphen quoted", "an un\u00adwilling ally", "\u00adwilling ally"),
        Edge("a suffix, soft hyphen quoted", "the reach\u00adless arm", "the reach\u00ad"),
        Edge("a prefix by a zero-width space", "an un\u200bwilling ally", "willing ally"),
        Edge("a prefix by an invisible separator", "an un\u2063willing ally", "willing ally"),
        Edge("a prefix by a variation selector", "an un\ufe0fwilling ally", "willing ally"),
        Edge("a prefix by an override", "an un\u202ewilling ally", "willing ally"),
        Edge("a prefix by a tag", "an un\U000e0041willing ally", "willing ally"),
        Edge("a prefix by a grapheme joiner", "an un\u034fwilling ally", "willing ally"),
        Edge("not by a grave accent", "they can`t win", "they can"),
        Edge("not by an acute accent", "they can´t win", "they can"),
        Edge("not by an opening mark", "they can‘t win", "they can"),
        Edge("not by a wide mark", "they can＇t win", "they can"),
        Edge("not by its apostrophe", "they can’t win", "’t win"),
        Edge("cannot", "they cannot win", "they can"),
        Edge("the whole of a fraction", "rose 10.5 percent", "rose 10"),
        Edge("the fraction alone", "rose 10.5 percent", "5 percent"),
        Edge("the last thousands", "lost 10,500 men", "500 men"),
        Edge("the first thousands", "lost 10,500 men", "lost 10"),
        Edge("minutes", "at 10:30 sharp", "30 sharp"),
        Edge("a denominator", "rose 1/2 points", "2 points"),
        Edge("half more", "rose 1½ points", "rose 1"),
        Edge("squared", "rose 10² today", "rose 10"),
        Edge("a minus sign", "fell to -5 degrees", "5 degrees"),
        Edge("a typographic minus sign", "fell to −5 degrees", "5 degrees"),
        Edge("a vowel sign", "का काम", "क"),
        Edge("a tone mark of a script without spaces", "น้ำ", "น"),
    ],
    ids=lambda case: case.id,
)
def test_a_quote_that_ends_within_a_word_is_refused(case: Edge) -> None:
    found = ground(case.quote, NormalizedText(case.text))

    assert found == QuoteNotFound(case.quote, "cuts_a_word")


@pytest.mark.parametrize(
    "case",
    [
        Edge("a sentence's last number", "In 2019, 500 men fell. 12 stayed.", "500 men fell"),
        Edge("a number before a full stop", "It lost 500. Nobody spoke.", "It lost 500"),
        Edge("a number after a full stop and a line", "It lost.\n500 men", "500 men"),
        Edge("a number before a hanging hyphen", "rose 5- then 9 points", "rose 5"),
        Edge("a letter before a number's mark", "the plan:5 points", "the plan"),
        Edge("a currency", "lost $500 million", "500 million"),
        Edge("a percentage", "rose 10% today", "rose 10"),
        Edge("after a dash", "the plan\u2014weak\u2014holds", "weak"),
        Edge("after a range dash", "the Kyiv–Berlin line", "Berlin line"),
        Edge("a hanging hyphen", "pre- and post-war", "and post-war"),
        Edge("a list", "- weak\n- strong", "strong"),
        Edge("a hyphen before a paragraph", "pre-\n\nwar", "war"),
        Edge("a line's dash", "weak -\nstrong", "strong"),
        Edge("scare quotes", "his ‘alliance’ holds", "alliance"),
        Edge("a possessive's end", "the rebels' last stand", "the rebels"),
        Edge("markdown's underscores", "an _urgent_ plea", "urgent"),
        Edge("a slash between words", "and/or force", "or force"),
        Edge("a hidden character beside a space", "an \u2063ally \u200bhere", "ally"),
        Edge("a mark on a quotation mark", "he is “\u0301weak”\u0301", "\u0301weak”"),
        Edge("vowel signs", "वह काम करता", "काम"),
        Edge("a script without spaces", "指導者は強い。", "強い"),
    ],
    ids=lambda case: case.id,
)
def test_a_quote_of_whole_words_is_found_beside_anything(case: Edge) -> None:
    found = ground(case.quote, NormalizedText(case.text))

    assert isinstance(found, Match)
    assert found.quote == case.quote


@pytest.mark.parametrize(
    "case",
    [
        Edge("no one for no-one", "There was no-one here", "no one here"),
        Edge("no-one for no one", "There was no one here", "no-one here"),
        Edge("cannot for can not", "They can not win", "They cannot win"),
        Edge("can not for cannot", "They cannot win", "They can not win"),
        Edge("it's for its", "its lifeline", "it's lifeline"),
        Edge("wont for won't", "they won't yield", "they wont yield"),
        Edge("a comma dropped", "weak, not strong", "weak not strong"),
        Edge("another mark between", "weak; strong", "weak: strong"),
        Edge("a digit for a circled one", "item ① holds", "item 1 holds"),
        Edge("vowel points dropped", "مَرحبا", "مرحبا"),
        Edge("a mark without its letter", "cafe\u0301 x", "\u0301 x"),
        Edge("half of a letter", "Cafe\u0301 x", "Cafe"),
        Edge("a line-broken word joined", "despera-\ntion", "desperation"),
    ],
    ids=lambda case: case.id,
)
def test_what_is_spelt_otherwise_is_another_word(case: Edge) -> None:
    assert ground(case.quote, NormalizedText(case.text)) == QuoteNotFound(case.quote, "not_in_text")


@given(st.text(st.sampled_from("ab1 \n\t.,-'\u00ad\u200b\u0301中_"), min_size=1, max_size=12), st.data())
def test_what_is_seen_at_a_glance_is_what_a_closer_look_says(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))

    cuts = [word_boundaries._cuts(text, span.start, -1), word_boundaries._cuts(text, span.end - 1, +1)]  # noqa: SLF001

    assert word_boundaries.is_on_word_boundaries(text, span) == (not any(cuts))
