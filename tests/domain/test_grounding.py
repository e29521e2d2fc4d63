from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subtext.domain.grounding import NotFoundReason

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subtext.domain.evidence import Match, Span
from subtext.domain.grounding import QUOTE_MAX_CHARS, QuoteNotFound, ground
from subtext.domain.text.normalization import NormalizedText

ARTICLE = (
    "The ‘Invincible Alliance’ — “a marriage of inconvenience” 😀 — won’t hold.\r\n"
    "It would not improve; the plan’s can’t-fail promise is a house of cards, no-one believes it. "
    "Café costs rose 10².\n"
    "A plea, a plea, another plea. مرحبا بالعالم. 指导者は強い。 The ﬁnal offer: co\u00adoperate or leave…"
)


@dataclass(frozen=True)
class Found:
    id: str
    quote: str
    verbatim: str
    kind: str = "folded"


@pytest.mark.parametrize(
    "case",
    [
        Found("verbatim", "a house of cards", "a house of cards", "exact"),
        Found("outer space", "  a house of cards \n", "a house of cards", "exact"),
        Found("straight for curly", "The 'Invincible Alliance'", "The ‘Invincible Alliance’"),
        Found("double for single", 'The "Invincible Alliance"', "The ‘Invincible Alliance’"),
        Found("apostrophe", "won't hold", "won’t hold"),
        Found("hyphen for em dash", "Alliance' - 'a marriage", "Alliance’ — “a marriage"),
        Found("no space round the dash", "Alliance'--'a marriage", "Alliance’ — “a marriage"),
        Found("line break for space", "hold. It would", "hold.\r\nIt would"),
        Found("decomposed accent", "Cafe\u0301 costs", "Café costs"),
        Found("ligature undone", "The final offer", "The ﬁnal offer"),
        Found("soft hyphen gone", "cooperate or leave", "co\u00adoperate or leave"),
        Found("quoted and with a full stop", '"A plea, a plea."', "A plea, a plea"),
        Found("dots at the end", "a house of cards...", "a house of cards"),
        Found("zero-width inside", "house\u200b of cards", "house of cards"),
        Found("right to left", "مرحبا بالعالم", "مرحبا بالعالم", "exact"),
        Found("script without spaces", "強い", "強い", "exact"),
    ],
    ids=lambda case: case.id,
)
def test_a_quote_is_found_whatever_its_typography(case: Found) -> None:
    match = ground(case.quote, NormalizedText(ARTICLE))

    assert isinstance(match, Match)
    assert match.quote == case.verbatim == ARTICLE[match.span.start : match.span.end]
    assert match.kind == case.kind


@dataclass(frozen=True)
class Refused:
    id: str
    quote: str
    reason: NotFoundReason


@pytest.mark.parametrize(
    "case",
    [
        Refused("other word", "a house of straw", "not_in_text"),
        Refused("negation dropped", "It would improve", "not_in_text"),
        Refused("word dropped", "a house cards", "not_in_text"),
        Refused("reordered", "cards of house a", "not_in_text"),
        Refused("other case", "the final Offer", "case_differs"),
        Refused("jumps over text", "It would not improve ... no-one believes", "ellipsis"),
        Refused("dropped by an apostrophe", "the plan’s can", "cuts_a_word"),
        Refused("dropped by a hyphen", "one believes it", "cuts_a_word"),
        Refused("within a word", "mprove", "cuts_a_word"),
        Refused("without the accent", "Cafe", "not_in_text"),
        Refused("superscript is no digit", "10 2", "not_in_text"),
        Refused("superscript joined", "rose 102", "not_in_text"),
        Refused("half of a ligature", "inal offer", "cuts_a_word"),
        Refused("no words", "“ … ”", "empty"),
        Refused("nothing", "", "empty"),
        Refused("only what vanishes", "\u115f", "empty"),
        Refused("endless", "plea " * QUOTE_MAX_CHARS, "too_long"),
    ],
    ids=lambda case: case.id,
)
def test_a_quote_with_other_words_is_refused(case: Refused) -> None:
    assert ground(case.quote, NormalizedText(ARTICLE)) == QuoteNotFound(case.quote, case.reason)


def test_a_base_letter_is_not_cut_from_its_accent() -> None:
    assert isinstance(ground("Cafe", NormalizedText("A Cafe\u0301 there")), QuoteNotFound)


def test_occurrences_are_counted_and_the_nearest_is_taken() -> None:
    text = NormalizedText(ARTICLE)

    first = ground("plea", text)
    nearest = ground("plea", text, near_offset=ARTICLE.rindex("plea"))

    assert isinstance(first, Match)
    assert isinstance(nearest, Match)
    assert (first.occurrence, first.occurrences) == (1, 3)
    assert (nearest.occurrence, nearest.span.start) == (3, ARTICLE.rindex("plea"))


def test_utf16_counts_what_javascript_counts() -> None:
    match = ground("won’t hold", NormalizedText(ARTICLE))

    assert isinstance(match, Match)
    units = ARTICLE.encode("utf-16-le")
    assert units[match.utf16.start * 2 : match.utf16.end * 2].decode("utf-16-le") == "won’t hold"
    assert match.utf16.start == match.span.start + 1


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "ab " * 100_000,
        "e" + "\u0301\u0316" * 100_000,
        "नमस्ते " * 20_000,
        "a'" * 150_000,
        "a\u00ad" * 150_000,
        "a-\n" * 100_000,
    ],
    ids=["one word", "repeated", "tower of marks", "rough script", "apostrophes", "hidden characters", "broken words"],
)
def test_hostile_texts_are_searched_in_bounded_work(text: str) -> None:
    found = ground(text[:1500] + "\u00a0zz", NormalizedText(text))

    assert isinstance(found, QuoteNotFound)


def test_a_text_that_repeats_a_quote_without_end_is_counted_up_to_a_bound() -> None:
    match = ground("plea", NormalizedText("plea " * 10_050))

    assert isinstance(match, Match)
    assert (match.occurrence, match.occurrences) == (1, 10_000)


WORDS = st.lists(
    st.text("abcDEFé́ßñمرحЖдк😀指", min_size=1, max_size=8).map(lambda word: word.lstrip("\u0301") or "x"),
    min_size=1,
    max_size=30,
)
GAPS = st.sampled_from([" ", "\n", "\r\n", "  ", "\u00a0", " — ", "—", ", ", " “", "” ", "’ ", " ‘", "… ", "\u200b "])
VARIANTS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "—": "-", "\n": " ", "\r": None})


@st.composite
def _articles(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text of random words and typography, and the span of each word."""
    text, spans = "", []
    for word in draw(WORDS):
        text += draw(GAPS) if text else ""
        spans.append(Span(len(text), len(text) + len(word)))
        text += word
    return text, spans


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text.replace("\u200b", ""))
    return re.findall(r"[^\W_]+", folded)


@given(_articles(), st.data())
def test_every_typographic_variant_of_a_real_quote_is_found(
    article: tuple[str, list[Span]], data: st.DataObject
) -> None:
    text, spans = article
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, len(spans) - 1))
    quote = text[spans[first].start : spans[last].end]
    assume(re.search(r"[^\W_]", quote))
    form: Literal["NFC", "NFD"] = data.draw(st.sampled_from(["NFC", "NFD"]))
    variant = unicodedata.normalize(form, data.draw(st.sampled_from([quote, quote.translate(VARIANTS)])))

    match = ground(variant, NormalizedText(text))

    assert isinstance(match, Match)
    assert match.quote == text[match.span.start : match.span.end]
    assert _tokens(match.quote) == _tokens(variant)
    units = text.encode("utf-16-le")
    assert units[match.utf16.start * 2 : match.utf16.end * 2].decode("utf-16-le") == match.quote


def _joined(before: str, after: str) -> bool:
    """Whether two neighbours belong to one word; "指" is of a script that puts no spaces between words."""
    return before.isalnum() and after.isalnum() and "指" not in (before, after)


@given(_articles(), WORDS, st.data())
def test_no_quote_is_accepted_whose_words_differ(
    article: tuple[str, list[Span]], words: list[str], data: st.DataObject
) -> None:
    text, _ = article
    pool = re.findall(r"\S+", text) + words
    quote = " ".join(data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6)))

    match = ground(quote, NormalizedText(text))

    if isinstance(match, Match):
        assert _tokens(match.quote) == _tokens(quote)
        assert match.quote == text[match.span.start : match.span.end]
        assert not _joined(text[match.span.start - 1 : match.span.start], match.quote[0])
        assert not _joined(match.quote[-1], text[match.span.end : match.span.end + 1])


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_and_any_quote_are_answered(text: str, quote: str) -> None:
    match = ground(quote, NormalizedText(text))

    if isinstance(match, Match):
        assert text[match.span.start : match.span.end] == match.quote


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ("the army “left”", "not_in_text"),
        ("the ... army left", "not_in_text"),
        ("the FLEET has “left”", "case_differs"),
        ("fle", "cuts_a_word"),
    ],
)
def test_a_quote_with_a_word_that_the_text_lacks_is_refused_without_normalization(quote: str, reason: str) -> None:
    text = NormalizedText("And the fleet has 'left'.")

    assert ground(quote, text) == QuoteNotFound(quote, reason)  # type: ignore[arg-type]
    assert ("_fold" not in vars(text)) == (reason == "not_in_text")


def test_a_word_that_normalization_makes_of_the_text_is_not_lacking() -> None:
    text = NormalizedText("the f\u00adleet has ﬁred")

    assert isinstance(ground("fleet has fired", text), Match)
