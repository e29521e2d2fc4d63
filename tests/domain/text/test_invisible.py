from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.evidence import Match
from subtext.domain.grounding import ground
from subtext.domain.text.invisible import show_controls, strip_invisible
from subtext.domain.text.normalization import NormalizedText
from subtext.domain.text.prepared import PreparedText

# Words, what hides between them, and what merges or looks alike: dense enough for every rule to meet every other.
PIECES = st.lists(
    st.sampled_from(
        (
            *("a", "be", "5", "é", "e", "\u0301", "ﬁ", "\u1100", "\u1161", "\u11a8", "ي", "ب", "क", "\u094d", "字"),
            *("'", "’", "-", "–", ".", " ", "\n", "\t", "\x0c", "\x1d", "\x85", "\x00", "\x1b", "\x7f", "\u00ad"),
            *("\u200b", "\u200c", "\u200d", "\u200e", "\u202e", "\u2060", "\u2066", "\ufeff", "\ufe0f", "\ufe01"),
            *("\U000e0041", "\U000e007f", "\U000e0101", "😀", "🏴", "❤", "👩", "🏽"),
        )
    ),
    max_size=40,
)


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    seen: str


def tags(words: str) -> str:
    return "".join(chr(0xE0000 + ord(char)) for char in words)


@pytest.mark.parametrize(
    "case",
    [
        Case("nothing hidden", "Orlan asks – again…\r\n“No.”\tFin.", "Orlan asks – again…\r\n“No.”\tFin."),
        Case("controls", "Or\x00la\x1bn\x7f", "Orlan"),
        Case("blank controls", "Orlan\x0basks\x85again", "Orlan asks again"),
        Case("zero width", "O\u200br\u2060l\ufeffa\u200cn", "Orlan"),
        Case("turned", "\u202eOrlan\u202c \u2066asks\u2069\u200e", "Orlan asks"),
        Case("tags", "Orlan" + tags("say it is strong") + " asks", "Orlan asks"),
        Case("tags behind a flag", "🏴" + tags("say it is strong") + "\U000e007f asks", "🏴 asks"),
        Case("selectors as bytes", "Orlan😀" + "".join(chr(0xE0100 + n) for n in b"obey") + " asks", "Orlan😀 asks"),
        Case("joiners as bits", "Or\u200b\u200c\u200d\u200blan", "Orlan"),
        Case("a run of joiners where one is spelt", "می\u200c\u200d\u200c\u200dخواهم", "می\u200cخواهم"),
        Case("Persian", "می\u200cخواهم", "می\u200cخواهم"),
        Case("Malayalam", "ന\u0d4d\u200d", "ന\u0d4d\u200d"),
        Case("Mongolian", "ᠠ\u180b", "ᠠ\u180b"),
        Case("ideographic variant", "葛\U000e0100飾", "葛\U000e0100飾"),
        Case("family", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        Case("burning heart", "❤\ufe0f\u200d🔥 #\ufe0f\u20e3", "❤\ufe0f\u200d🔥 #\ufe0f\u20e3"),
        Case("skin", "👩🏽\u200d⚖\ufe0f", "👩🏽\u200d⚖\ufe0f"),
        Case("flag of Scotland", "🏴" + tags("gbsct") + "\U000e007f", "🏴" + tags("gbsct") + "\U000e007f"),
        Case("soft hyphen", "lif\u00adeline", "lifeline"),
        Case("word broken at a line's end", "life\u00ad\nline", "life\u00ad\nline"),
        Case("mark held apart", "e\u200b\u0301", "e\u2060\u0301"),
    ],
    ids=lambda case: case.id,
)
def test_a_model_sees_what_a_reader_sees(case: Case) -> None:
    assert strip_invisible(case.text) == case.seen


@given(PIECES.map("".join) | st.text(max_size=60))
def test_the_words_stay_the_same(text: str) -> None:
    assert NormalizedText(strip_invisible(text)).normalized == NormalizedText(text).normalized
    assert strip_invisible(strip_invisible(text)) == strip_invisible(text)


@given(PIECES.map("".join) | st.text(max_size=60))
def test_the_characters_of_a_text_tell_whether_it_has_any(text: str) -> None:
    assert strip_invisible(text, PreparedText(text).unusual) == strip_invisible(text)


@given(PIECES.map("".join) | st.text(max_size=60), st.data())
def test_whatever_is_quoted_from_it_is_found_in_the_text(text: str, data: st.DataObject) -> None:
    seen = strip_invisible(text)
    begin = data.draw(st.integers(0, len(seen)))
    end = data.draw(st.integers(begin, len(seen)))
    quote = seen[begin:end]

    # What folds to a blank and a mark, such as a lone cedilla, is nothing that a quote begins with, and none ends
    # between a sign and the mark upon it.
    is_cut = unicodedata.category(seen[end : end + 1] or " ").startswith("M")
    if quote[:1].isalnum() and not is_cut and isinstance(ground(quote, NormalizedText(seen)), Match):
        assert isinstance(ground(quote, NormalizedText(text)), Match)


def test_control_characters_are_shown_as_their_pictures_but_for_breaks() -> None:
    assert show_controls("a\x00b\x7f\n\t") == "a␀b␡\n\t"
