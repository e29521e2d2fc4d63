from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

import pytest

from subtext.schemas.analysis import AnalysisView
from subtext.web.exports import as_csv, as_markdown, escape_csv, escape_markdown
from tests.support.analyses import build_analysis, fill_analysis


@dataclass(frozen=True)
class Value:
    id: str
    given: object
    cell: str


@pytest.mark.parametrize(
    "case",
    [
        Value("equals", "=HYPERLINK(1)", "'=HYPERLINK(1)"),
        Value("plus", "+1", "'+1"),
        Value("minus", "-1", "'-1"),
        Value("at", "@SUM(1)", "'@SUM(1)"),
        Value("tab", "\t=1", "'\t=1"),
        Value("return", "\r=1", "'\r=1"),
        Value("behind spaces", "  =1", "'  =1"),
        Value("full width", "＝1", "'＝1"),
        Value("words", "cap in hand", "cap in hand"),
        Value("number", 12, "12"),
        Value("nothing", None, ""),
    ],
    ids=lambda case: case.id,
)
def test_no_cell_is_a_formula(case: Value) -> None:
    assert escape_csv(case.given) == case.cell


def test_a_table_has_every_framing_quote_once() -> None:
    view = AnalysisView.of(build_analysis())

    rows = list(csv.DictReader(io.StringIO(as_csv(view))))

    assert [(row["id"], row["quote"], row["voice"]) for row in rows] == [
        ("e1", "cap in hand", "The author"),
        ("e2", "We dictate the terms", "Ivo Brandt"),
        ("e3", "the last lifeline that the company has left", "The author"),
    ]


@pytest.mark.parametrize("word", ["=cmd|' /C calc'!A0", "@x", "![x](http://evil.example)", "<img src=x>"])
def test_foreign_words_stay_words(word: str) -> None:
    view = AnalysisView.of(fill_analysis(word))

    for row in csv.reader(io.StringIO(as_csv(view))):
        assert not any(value.startswith(("=", "@", "+", "-")) for value in row)
    text = as_markdown(view)
    assert "![" not in text
    assert "](" not in text
    assert re.search(r"(?<!\\)<", text) is None


def test_markdown_says_verdict_summary_and_quotes() -> None:
    text = as_markdown(AnalysisView.of(build_analysis()))

    for part in ("**Framing of Orlan Freight: desperation**", "cap in hand", "(supported)", "(unsupported)"):
        assert part in text


def test_an_analysis_of_one_part_is_taken_along_too() -> None:
    summary = as_markdown(AnalysisView.of(build_analysis(parts=frozenset({"summary"}))))
    framing = as_markdown(AnalysisView.of(build_analysis(evidence=(), label="neither", parts=frozenset({"framing"}))))

    assert "**Framing" not in summary
    assert "## Summary" not in framing
    assert "None." in framing


def test_markdown_has_no_line_of_others_making() -> None:
    assert escape_markdown("a\n# b\r\n- c\x00") == "a \\# b \\- c␀"
