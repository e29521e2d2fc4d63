"""What a page says of itself, told from what it says of the other articles on it.

A page carries JSON-LD of its posts, of related articles, of comments. Its own is the one that agrees with the page's
title; what is nested in that one under another article's key is another article's.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lxml.html import HTMLParser, document_fromstring

from subtext.intake.extraction.elements import element_text, holds_most, page_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml.html import HtmlElement

_SCRIPTS: Final = "//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]"
_ARTICLE = re.compile(r"(?:Article|BlogPosting|LiveBlogPosting|Report|Review|NewsPosting)\Z|\AReportage")
_LIVE: Final = "LiveBlogPosting"
# Keys under which an object holds other articles than itself.
_OTHER_KEYS: Final = (
    "liveBlogUpdate hasPart itemListElement mentions relatedLink comment blogPost blogPosts citation isBasedOn "
    "isRelatedTo review associatedArticle subjectOf workExample significantLink"
)
_OTHERS: Final = frozenset(_OTHER_KEYS.split())
_DEPTH_MAX: Final = 20
_WORD = re.compile(r"\w+")
_AGREES_MIN: Final = 0.6
# What a site puts behind a headline: " | The Post", " - The Post".
_SUFFIX = re.compile(r"\s+(?:[|·•»«:]|[–—-])\s+")
_TITLE_WORDS_MIN: Final = 3
_FRONT_PAGE = re.compile(r"(?:https?://[^/]+)?/?")
_BODY_WORDS_MIN: Final = 40
_TAG = re.compile(r"</?(?:p|div|br|a|b|i|em|strong|span|h[1-6]|ul|li|blockquote|q)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StructuredData:
    """What the page's own JSON-LD says. `body` is the article's text, "" if there is none or it is for payers."""

    headline: str = ""
    body: str = ""
    is_live: bool = False


def read_structured_data(tree: HtmlElement) -> StructuredData:
    """Return what the page's own JSON-LD says, and take that of other articles out of the tree."""
    titles = [title for title in (_meta(tree, "og:title"), find_page_title(tree), *_headings(tree, "h1")) if title]
    articles: list[dict[str, Any]] = []
    for script in tree.xpath(_SCRIPTS):
        try:
            value = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        own = _without_others(value, titles)
        articles += _articles(own)
        script.text = json.dumps(own)
    for article in articles:
        return StructuredData(_text(article.get("headline")), _body(article), _LIVE in _types(article))
    return StructuredData()


def find_headline(tree: HtmlElement, structured: StructuredData, extracted: str | None) -> str | None:
    """Return the page's own headline: its main heading if the page's title agrees, else the title without the site.

    `extracted` is the extractor's guess, taken if the title agrees.
    """
    site = _meta(tree, "og:site_name")
    headings = [heading for heading in _headings(tree, "h1") if heading.casefold() != site.casefold()]
    title = _meta(tree, "og:title") or find_page_title(tree)
    named = _without_site(title, site, [*headings, *_headings(tree, "h2")])
    shown = _article_heading(tree)
    for heading in (*headings, shown, extracted, structured.headline):
        if heading and (heading == shown or _agree(heading, named)):
            return heading
    if len(named.split()) >= _TITLE_WORDS_MIN or (named and not headings):
        return named
    return next(iter(headings), None) or extracted or named or None


def _article_heading(tree: HtmlElement) -> str | None:
    """Return the one main heading of the page if most of the page's paragraphs stand in the same article."""
    headings = [heading for heading in tree.iter("h1") if not _is_logo(heading) and element_text(heading)]
    frame = next(headings[0].iterancestors("article", "main"), None) if len(headings) == 1 else None
    return element_text(headings[0]) if frame is not None and holds_most(frame, tree) else None


def _without_others(value: Any, titles: Iterable[str], depth: int = 0) -> Any:
    """Return JSON-LD without the articles in it that are not the page's own."""
    if depth > _DEPTH_MAX:
        return None
    if isinstance(value, list):
        return [_without_others(item, titles, depth + 1) for item in value if not _is_other(item, titles)]
    if not isinstance(value, dict):
        return value
    if depth == 0 and _is_other(value, titles):
        return {}
    return {
        key: _without_others(part, titles, depth + 1)
        for key, part in value.items()
        if key not in _OTHERS and not _is_other(part, titles)
    }


def _is_other(value: object, titles: Iterable[str]) -> bool:
    """Return whether a JSON-LD value is an article whose headline is none of the page's titles."""
    if not isinstance(value, dict) or not any(map(_ARTICLE.search, _types(value))):
        return False
    headline = _text(value.get("headline") or value.get("name"))
    return bool(headline) and bool(titles) and not any(_agree(headline, title) for title in titles)


def _articles(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _articles(item)
    elif isinstance(value, dict):
        if any(map(_ARTICLE.search, _types(value))):
            yield value
        for part in value.values():
            yield from _articles(part)


def _types(value: Mapping[str, Any]) -> list[str]:
    types = value.get("@type")
    return [name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]


def _body(article: Mapping[str, Any]) -> str:
    """Return the article's text unless it is declared to be for payers: what a site sells is not ours to take."""
    if str(article.get("isAccessibleForFree", True)).lower() == "false":
        return ""
    body = article.get("articleBody")
    if not isinstance(body, str):
        return ""
    text = html.unescape(body) if "&" in body else body
    if _TAG.search(text):
        return page_text(_fragment(text))
    return "\n\n".join(line.strip() for line in text.splitlines() if line.strip())


def _fragment(text: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", collect_ids=False, no_network=True)
    return document_fromstring(f"<div>{text}</div>".encode("utf-8", "replace"), parser=parser)


def _meta(tree: HtmlElement, name: str) -> str:
    contents = tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return " ".join(contents[0].split()) if contents else ""


def find_page_title(tree: HtmlElement) -> str:
    """Return what a browser shows in the page's tab."""
    title = next(tree.iter("title"), None)
    return "" if title is None else element_text(title)


def _headings(tree: HtmlElement, tag: str) -> list[str]:
    """Return the page's headings of one rank, in order."""
    return [text for heading in tree.iter(tag) if not _is_logo(heading) and (text := element_text(heading))]


def _is_logo(heading: HtmlElement) -> bool:
    """Return whether a heading is the site's name, which leads to its front page."""
    return any(
        _FRONT_PAGE.fullmatch(link.get("href") or "") for link in (*heading.iter("a"), *heading.iterancestors("a"))
    )


def _without_site(title: str, site: str, headings: Iterable[str]) -> str:
    """Return a page's title without the site's name behind or before it."""
    if site and title.casefold().startswith(f"{site.casefold()}:"):
        title = title[len(site) + 1 :].strip()
    parts = _SUFFIX.split(title)
    own = [part for part in parts if part.casefold() != site.casefold()]
    if len(parts) == 1 or not own or (site and len(own) == len(parts)):
        return title
    shown = [part for part in own if any(_agree(part, heading) for heading in headings)]
    if shown:
        return max(shown, key=len)
    return own[0] if site or len(own[0].split()) >= _TITLE_WORDS_MIN else max(own, key=len)


def _agree(one: str, other: str) -> bool:
    """Return whether most words of the shorter of two headlines are in the longer."""
    words, others = (set(_WORD.findall(text.casefold())) for text in (one, other))
    fewer = min(len(words), len(others))
    return fewer > 0 and len(words & others) >= max(_AGREES_MIN * fewer, min(2, len(words), len(others)))


def _text(value: object) -> str:
    return " ".join(html.unescape(value).split()) if isinstance(value, str) else ""
