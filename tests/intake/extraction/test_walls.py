"""The table of walls.yaml: walls in the languages of several presses, and articles about walls or beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from subtext.intake.extraction.elements import page_text
from subtext.intake.extraction.extractor import extract_page, parse_page
from subtext.intake.extraction.page_classifier import classify_text


@dataclass(frozen=True)
class Case:
    id: str
    wall: str | None
    title: str
    lang: str
    body: str
    part: str = ""
    paywalled: bool = False

    @property
    def html(self) -> str:
        return f"<html lang={self.lang}><head><title>{self.title}</title></head><body>{self.body}</body></html>"


CASES = [Case(**case) for case in yaml.safe_load(Path(__file__).with_name("walls.yaml").read_text("utf-8"))]
WALLS = [case for case in CASES if case.wall]
ARTICLES = [case for case in CASES if not case.wall]
# What is a list, or nothing, says so by its elements only.
UNSAID = ("password", "Loading…")
SAID = [
    case for case in WALLS if case.wall not in {"links", "nothing"} and not any(part in case.body for part in UNSAID)
]


@pytest.mark.parametrize("case", WALLS, ids=lambda case: case.id)
def test_a_wall_is_named(case: Case) -> None:
    assert extract_page(case.html, None).wall == case.wall


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case.id)
def test_an_article_about_a_wall_or_beside_one_is_read(case: Case) -> None:
    page = extract_page(case.html, None)
    assert page.wall is None
    assert case.part in page.text
    assert page.paywalled is case.paywalled


@pytest.mark.parametrize("case", SAID, ids=lambda case: case.id)
def test_a_wall_is_known_by_its_text_alone(case: Case) -> None:
    tree = parse_page(case.html)
    assert tree is not None
    text = page_text(tree)
    assert classify_text(text) is not None


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case.id)
def test_the_text_of_an_article_is_no_wall(case: Case) -> None:
    assert classify_text(extract_page(case.html, None).text) is None
