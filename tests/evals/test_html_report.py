from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from subtext.evals.html_report import build_plot, render_page
from subtext.evals.label_metrics import Bin
from subtext.evals.report import DatasetInfo, Report
from tests.support.eval_reports import SUBJECT, build_full_report, build_report
from tests.support.evals import outcome

HOSTILE = "<script>alert(1)</script>\x00"


class Shape(HTMLParser):
    """Tags as opened, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        if tag not in {"meta", "rect", "line", "circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"rect", "line", "circle"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize(
    "report", [build_report(), build_full_report(), Report(1, "now", None, ())], ids=["framing", "full", "empty"]
)
def test_a_page_is_well_formed_and_loads_nothing(report: Report) -> None:
    page = render_page(report)
    shape = Shape(page)

    assert shape.open == []
    assert "script" not in shape.tags
    assert re.findall(r"""(?:src|href)=|url\(|@import""", page) == []
    assert "default-src 'none'; style-src 'sha256-" in unescape(page)


def test_every_part_is_on_it() -> None:
    words = Shape(render_page(build_full_report())).words

    for expected in ("some model", "analysis@1", "set.jsonl: 3 rows", "entities swapped", "37.1 / 16.3 / 25.0"):
        assert expected in words
    for expected in ("0.810", "Against another run", "p = 0.1460", "engine_erred", "mixed or neither"):
        assert expected in words


def test_the_surest_wrong_answer_comes_first_and_right_ones_are_left_out() -> None:
    words = Shape(render_page(build_report())).words

    assert words.index("sure and wrong") < words.index("silent")
    assert "\nright\n" not in words.partition("Wrong answers")[2]


def test_foreign_words_stay_words() -> None:
    answers = (outcome("mixed", "neither", id_=HOSTILE, confidence=0.5),)
    report = replace(build_report(answers), sets=(DatasetInfo(HOSTILE, "ef" * 32, 1),))

    page = render_page(replace(report, subject=replace(SUBJECT, model=HOSTILE)))

    assert "script" not in Shape(page).tags
    assert "\x00" not in page
    assert "<script>alert(1)</script>␀" in Shape(page).words


def test_a_bar_is_as_high_as_its_accuracy() -> None:
    first, second = build_plot((Bin(0.1, 0.2, 5, 0.15, 0.4), Bin(0.8, 0.9, 10, 0.85, 1.0)))

    assert (first.x, first.width, first.y, first.height) == (32, 26, 180, 120)
    assert (second.y, second.height, second.dot_x, second.dot_y) == (0, 300, 255, 0)
    assert first.radius < second.radius
    assert first.words == "confidence 0.1 to 0.2: 5 answers, 40% right"
