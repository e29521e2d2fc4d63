from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from subtext.intake.extraction.extractor import extract_page
from tests.support.article_pages import FIRST, LAST

OWN, OTHER = "Orlan begs for a month", "Rival crushed at last"
ARTICLE = f"<article><h1>{OWN}</h1><p>{FIRST}</p><p>{LAST}</p></article>"
UNDER_LOGO = f"<header><h1>The Gazette</h1></header><article><h2>{OWN}</h2><p>{FIRST}</p><p>{LAST}</p></article>"


def linked(*articles: dict[str, object]) -> str:
    return f'<script type="application/ld+json">{json.dumps(articles)}</script>'


def news(headline: str, **more: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": headline, **more}


def og(name: str, content: str) -> str:
    return f'<meta property="og:{name}" content="{content}">'


@dataclass(frozen=True)
class Case:
    id: str
    head: str
    body: str = ARTICLE
    title: str = OWN


CASES = [
    Case("JSON-LD of another article", f"<title>{OWN} - Gazette</title>{linked(news(OTHER))}"),
    Case("JSON-LD of both", f"<title>{OWN} - Gazette</title>{linked(news(OTHER), news(OWN))}"),
    Case("og:title against another's JSON-LD", f"<title>Gazette</title>{og('title', OWN)}{linked(news(OTHER))}"),
    Case("no title but the heading", linked(news(OTHER))),
    Case("site as the main heading", f"<title>{OWN} | The Gazette</title>", UNDER_LOGO),
    Case("site in front", f"<title>The Gazette: {OWN}</title>{og('site_name', 'The Gazette')}", UNDER_LOGO),
    Case("dashes", f"<title>{OWN} - The Kelmar Gazette</title>", f"<article><p>{FIRST}</p><p>{LAST}</p></article>"),
    Case("heading of a teaser", f"{og('title', f'{OWN} | Gazette')}", f"<aside><h1>{OTHER}</h1></aside>{ARTICLE}"),
    Case(
        "microdata of another",
        f"<title>{OWN}</title>",
        f'<div itemscope itemtype="http://schema.org/NewsArticle"><meta itemprop="headline" '
        f'content="{OTHER}"></div>{ARTICLE}',
    ),
    Case(
        "title for search engines",
        f"<title>Ferry firm in trouble | Gazette</title>{og('title', 'Ferry firm in trouble: all you need')}",
    ),
    Case("broken JSON-LD", f'<title>{OWN}</title><script type="application/ld+json">{{"headline": </script>'),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_pages_own_headline_wins(case: Case) -> None:
    page = extract_page(f"<html><head>{case.head}</head><body>{case.body}</body></html>", None)
    assert page.title == case.title


def test_another_articles_date_and_author_are_not_the_pages() -> None:
    other = news(OTHER, datePublished="2020-01-01", author={"@type": "Person", "name": "Ida Lund"})
    page = extract_page(f"<html><head><title>{OWN}</title>{linked(other)}</head><body>{ARTICLE}</body></html>", None)
    assert (page.published_at, page.byline) == (None, None)


SHELL = "<div id=root></div><noscript>You need to enable JavaScript.</noscript><script src='/a.js'></script>"


def declared(**more: object) -> str:
    article = news(OWN, articleBody=f"<p>{FIRST}</p>\n<p>“{LAST}” &amp; more</p>", **more)
    return f"<html><head><title>{OWN}</title>{linked(article)}</head><body>{SHELL}</body></html>"


def test_a_shell_is_read_from_what_it_declares() -> None:
    page = extract_page(declared(isAccessibleForFree=True), None)
    assert page.wall is None
    assert page.declared
    assert page.text == f"{FIRST}\n\n“{LAST}” & more"


def test_what_is_declared_to_be_for_payers_is_not_taken() -> None:
    page = extract_page(declared(isAccessibleForFree="False"), None)
    assert page.wall in {"script", "paywall"}
    assert page.text == ""


def test_the_page_comes_before_what_it_declares() -> None:
    page = extract_page(declared().replace(SHELL, ARTICLE), None)
    assert not page.declared
    assert "& more" not in page.text
