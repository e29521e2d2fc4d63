"""A page becomes its article: metadata read, hidden text out, the body found by trafilatura, walls recognised."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lxml import etree
from lxml.html import HTMLParser, document_fromstring
from trafilatura import bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Document

from subtext.intake.extraction.hidden import remove_hidden
from subtext.intake.extraction.page import Page
from subtext.intake.extraction.page_classifier import PageSnapshot, classify, is_paywalled
from subtext.intake.text import strip_hidden

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LINE_MAX: Final = 300
_DATE = {"extensive_search": False, "original_date": True}
_CHALLENGE: Final = (
    "boolean(//*[contains(@class,'g-recaptcha') or contains(@class,'h-captcha') or contains(@class,'cf-turnstile') "
    "or contains(@class,'cf-challenge') or @id='challenge-form' or @id='px-captcha' or @id='cf-wrapper'] "
    "| //iframe[contains(@src,'captcha')] | //script[contains(@src,'/challenge-platform/')])"
)
# schema.org's mark of a paywall, in JSON-LD; publishers write the value as a boolean or a string.
_PAID = re.compile(r'"isAccessibleForFree"\s*:\s*"?false\b', re.IGNORECASE)
_PAID_TIERS: Final = frozenset({"locked", "metered", "paid"})
_BLOCK_NAMES = """p div section article main header footer aside h1 h2 h3 h4 h5 h6 li ul ol tr td th table blockquote
pre br figcaption figure nav form dt dd dl hr"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_CODED = re.compile(r"[\x00\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}")
_NOTE_LINKS_MAX: Final = 0.3


def extract_page(html: str, url: str | None) -> Page:
    """The article of a page, with what the page says about it; a `wall` where there is none."""
    tree = _parsed(html)
    if tree is None:
        return Page("", wall="nothing")
    about = extract_metadata(tree, url, _DATE)
    language = _LANGUAGE.match(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    surface = _snapshot(tree, about.title or "")
    passages = remove_hidden(tree)
    surface = _add_text(surface, tree, url)
    text, _ = strip_hidden(surface.article)
    wall = classify(surface)
    return Page(
        text=text,
        title=_line(about.title),
        byline=_line(about.author),
        site=_line(about.sitename or about.hostname),
        published_at=about.date,
        language=language[0].lower() if language else None,
        wall=wall,
        paywalled=is_paywalled(surface),
        hidden_passages=passages,
        hidden_characters=strip_hidden(surface.visible)[1],
    )


def _parsed(html: str) -> HtmlElement | None:
    """The tree, or None where there is nothing in it. libxml2 would end a page at its first NUL."""
    data = _CODED.sub("\ufffd", html).encode()
    parser = HTMLParser(encoding="utf-8", collect_ids=False, default_doctype=False, no_network=True)
    try:
        return document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None


def _snapshot(tree: HtmlElement, title: str) -> PageSnapshot:
    """What the page is made of, read while its scripts and hidden parts are still there; its texts come later."""
    scripts = [script.text or "" for script in tree.iter("script")]
    tiers = {meta.get("content", "").lower() for meta in tree.iterfind(".//meta[@property='article:content_tier']")}
    return PageSnapshot(
        title=title,
        article="",
        visible="",
        unseen=" ".join(" ".join(part.itertext()) for part in tree.iter("noscript")),
        scripts=len(scripts),
        has_password=bool(tree.xpath("boolean(//input[@type='password'])")),
        has_challenge=bool(tree.xpath(_CHALLENGE)),
        says_paid=any(map(_PAID.search, scripts)) or not tiers.isdisjoint(_PAID_TIERS),
    )


def _add_text(surface: PageSnapshot, tree: HtmlElement, url: str | None) -> PageSnapshot:
    visible = _text_of(tree)
    links = [" ".join(link.itertext()) for link in tree.iter("a")]
    link_words = sum(len(link.split()) for link in links)
    # A page with no article to find in it may still be a short note that somebody sends as HTML.
    is_note = link_words <= _NOTE_LINKS_MAX * len(visible.split()) and not surface.scripts
    article = _body(tree, url) or (visible if is_note else "")
    return replace(surface, article=article, visible=visible, links=len(links), link_words=link_words)


def _body(tree: HtmlElement, url: str | None) -> str:
    """The article's paragraphs, a blank line between two of them. Precision first: better short than a menu in it."""
    found = bare_extraction(tree, url=url, favor_precision=True, include_comments=False, with_metadata=False)
    return _paragraphs((found.text or "") if isinstance(found, Document) else "")


def _text_of(tree: HtmlElement) -> str:
    """All text of the page, blocks on lines of their own."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _BLOCKS:
            pieces.append("\n")
        text = element.text if event == "start" else element.tail
        if text:
            pieces.append(re.sub(r"\s+", " ", text))
    return _paragraphs("".join(pieces))


def _paragraphs(text: str) -> str:
    return "\n\n".join(line.strip() for line in text.splitlines() if line.strip())


def _line(text: str | None) -> str | None:
    """One clean line of the page's own data, or None."""
    line = " ".join(strip_hidden(text or "")[0].split())
    return line[:_LINE_MAX] or None
