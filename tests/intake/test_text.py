from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.domain.article import Article, Source
from subtext.errors import InvalidText, RequestInvalid, SubtextError, TextTooLong
from subtext.intake.text import build_article, strip_hidden

PROSE = "The ferry line went back to the council on Tuesday, cap in hand, for the third time this year."
FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def read(text: str, *, title: str | None = None, language: str | None = None, max_chars: int = 1_000_000) -> Article:
    return build_article(text, Source("text"), title=title, language=language, max_chars=max_chars)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_a_text_is_analysed_exactly_as_given(text: str) -> None:
    try:
        article = read(text)
    except InvalidText:
        assert not any(char.isalnum() for char in text)
        return
    assert article.text == text
    assert article.normalisation == ()
    for warning in article.warnings:
        assert warning.span is None or 0 <= warning.span.start < warning.span.end <= len(text)


@dataclass(frozen=True)
class Refused:
    id: str
    text: str
    error: type[SubtextError]


@pytest.mark.parametrize(
    "case",
    [
        Refused("empty", "", InvalidText),
        Refused("spaces", " \t\r\n\u2003", InvalidText),
        Refused("a million line feeds", "\n" * 1_000_000, InvalidText),
        Refused("nothing but zero width", "\u200b\u200b", InvalidText),
        Refused("nothing but signs", "... --- ...", InvalidText),
        Refused("nothing but pictures", "😀😀", InvalidText),
        Refused("half a character", f"{PROSE} \ud800", InvalidText),
        Refused("one too long", "x" * 1_000_001, TextTooLong),
    ],
    ids=lambda case: case.id,
)
def test_what_is_no_text_is_refused(case: Refused) -> None:
    with pytest.raises(case.error) as refusal:
        read(case.text)
    assert refusal.value.detail


@dataclass(frozen=True)
class Looked:
    id: str
    text: str
    codes: tuple[str, ...] = ()
    marked: str | None = None


@pytest.mark.parametrize(
    "case",
    [
        Looked("prose", PROSE),
        Looked("one word", "Help"),
        Looked("CRLF and tabs", f"{PROSE}\r\n\r\n\t{PROSE}\f\v\x85"),
        Looked("accents, decomposed", "Le pre\u0301sident e\u0301tait fatigue\u0301."),
        Looked("families and flags", f"👩\u200d👩\u200d👧 {FLAG} 🇩🇪 {PROSE}"),
        Looked("Persian joiner", "می\u200cخواهم کتاب بخوانم و بنویسم"),
        Looked("soft hyphen", f"{PROSE} un\u00adwell"),
        Looked("Hebrew with its marks", "שלום \u200fעולם טוב"),
        Looked("a mark at the start", f"\ufeff{PROSE}"),
        Looked("Japanese", "大臣は月曜日に、会談は失敗に終わったと述べた。" * 40),
        Looked("Thai", "รัฐมนตรีกล่าวเมื่อวันจันทร์ว่าการเจรจาล้มเหลว" * 40),
        Looked("a tower of marks", "o" + "\u0301" * 1_000 + PROSE),
        Looked("lorem ipsum", "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor."),
        Looked("all quotation", f"“{PROSE}”"),
        Looked("NUL", f"{PROSE}\x00", ("control_characters",), "\x00"),
        Looked("escape sequence", f"\x1b[31m{PROSE}", ("control_characters",), "\x1b"),
        Looked("C1", f"{PROSE}\x9b", ("control_characters",), "\x9b"),
        Looked("zero width", f"dom\u200bination {PROSE}", ("hidden_characters",), "\u200b"),
        Looked("a mark within", f"dom\ufeffination {PROSE}", ("hidden_characters",), "\ufeff"),
        Looked("override", f"{PROSE} \u202eevil", ("hidden_characters",), "\u202e"),
        Looked("isolate", f"{PROSE} \u2066evil\u2069", ("hidden_characters",), "\u2066"),
        Looked("tags", f"{PROSE}\U000e0041\U000e0042", ("hidden_characters",), "\U000e0041"),
        Looked("tags behind a flag", f"{FLAG}\U000e0041 {PROSE}", ("hidden_characters",), "\U000e0041"),
        Looked("variation smuggling", f"{PROSE}\U000e0101\U000e0102\U000e0103", ("hidden_characters",)),
        Looked("markup", f"<div><p>{PROSE}</p><p>{PROSE}</p></div>", ("markup_in_text",)),
        Looked("a character lost", f"{PROSE} caf\ufffd", ("unreadable_characters",), "\ufffd"),
        Looked("one tag", f"He wrote <br> on the wall. {PROSE}"),
        Looked("markdown", f"# Help\n\n**{PROSE}** [more](http://a.example/)"),
        Looked("JSON", '{"a": [1, 2, 3], "b": {"c": "d"}}' * 9, ("unlikely_prose",)),
        Looked("code", "if (a[i] != b[j]) { x += 1; } // ++\n" * 9, ("unlikely_prose",)),
        Looked("log", "2026-03-04T06:00:00Z 200 GET /a 0.003 10.0.0.1:80 -\n" * 9, ("unlikely_prose",)),
        Looked("base64", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 200, ("unlikely_prose",)),
        Looked("a megabyte without a space", "x" * 1_000_000, ("unlikely_prose",)),
    ],
    ids=lambda case: case.id,
)
def test_what_hides_in_a_text_is_told_and_kept(case: Looked) -> None:
    article = read(case.text)
    assert article.text == case.text
    assert tuple(warning.code for warning in article.warnings) == case.codes
    if case.marked:
        span = article.warnings[0].span
        assert span is not None
        assert article.text[span.start : span.end] == case.marked


def test_a_title_stands_first_once() -> None:
    prepended = read(PROSE, title=" Ferry  line\nbegs ")
    assert prepended.text == f"Ferry line begs\n\n{PROSE}"
    assert prepended.title == "Ferry line begs"
    assert prepended.normalisation == ("title_prepended",)
    there = read(f"Ferry line begs\n\n{PROSE}", title="Ferry line begs")
    assert there.text == f"Ferry line begs\n\n{PROSE}"
    assert there.normalisation == ()


def test_a_headline_is_found_where_none_is_named() -> None:
    assert read(f"Ferry line begs\n\n{PROSE}").title == "Ferry line begs"
    assert read(PROSE).title is None


def test_the_limit_counts_the_title_and_names_the_sizes() -> None:
    assert read(PROSE, max_chars=len(PROSE)).text == PROSE
    with pytest.raises(TextTooLong, match=f"limit of {len(PROSE) - 1}"):
        read(PROSE, max_chars=len(PROSE) - 1)
    with pytest.raises(TextTooLong):
        read(PROSE, title="Ferry line begs", max_chars=len(PROSE) + 5)


def test_the_callers_language_wins() -> None:
    assert read(PROSE, language="de-AT").language.code == "de"
    with pytest.raises(RequestInvalid):
        read(PROSE, language="german")


def test_hidden_characters_can_be_taken_out_with_flags_left_whole() -> None:
    assert strip_hidden(f"a\u200bb{FLAG}c\U000e0041") == (f"ab{FLAG}c", 2)
