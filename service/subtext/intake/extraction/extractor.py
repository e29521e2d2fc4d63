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

from subtext.intake.extraction.boilerplate import remove_boilerplate
from subtext.intake.extraction.cards import find_cards
from subtext.intake.extraction.elements import count_words, element_text, join_paragraphs, page_text
from subtext.intake.extraction.hidden import remove_hidden
from subtext.intake.extraction.layout import flatten_layout
from subtext.intake.extraction.metadata import find_headline, find_page_title, read_structured_data
from subtext.intake.extraction.page import Page
from subtext.intake.extraction.page_classifier import PageSnapshot, classify, is_paywalled
from subtext.intake.extraction.quotations import mark_quotations
from subtext.intake.text import strip_hidden

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from subtext.intake.extraction.metadata import StructuredData

_LINE_MAX: Final = 300
_DATE = {"extensive_search": False, "original_date": True}
_CHALLENGE: Final = (
    "boolean(//*[contains(@class,'g-recaptcha') or contains(@class,'h-captcha') or contains(@class,'cf-turnstile') "
    "or contains(@class,'cf-challenge') or @id='challenge-form' or @id='px-captcha' or @id='cf-wrapper'] "
    "| //iframe[contains(@src,'captcha')] "
    "| //script[contains(@src,'/challenge-platform/') or contains(@src,'captcha-delivery')])"
)
# schema.org's mark of a paywall, in JSON-LD; publishers write the value as a boolean or a string.
_PAID = re.compile(r'"isAccessibleForFree"\s*:\s*"?false\b', re.IGNORECASE)
_FRAMED: Final = "boolean(//nav | //footer | //aside | //article | //main | //form)"
_PAID_TIERS: Final = frozenset({"locked", "metered", "paid"})
_CODED = re.compile(r"[\x00\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}")
_NOTE_LINKS_MAX: Final = 0.3
_NOTE_SHARE_MIN: Final = 0.8
_UNREAD: Final = frozenset({"script", "nothing"})
_DECLARED_WORDS_MIN: Final = 40
# How the extractor writes a row of a table, and the mark that it puts before the number of an item.
_TABLE_ROW = re.compile(r"\s*\|(.*)\|\s*")
_ITEM_NUMBER = re.compile(r"\A- (?=\d{1,3}\. )")


def extract_page(html: str, url: str | None) -> Page:
    """Return the article of a page, with what the page says about it; a `wall` if there is none."""
    tree = parse_page(html)
    if tree is None:
        return Page("", wall="nothing")
    structured = read_structured_data(tree)
    about = extract_metadata(tree, url, _DATE)
    headline = find_headline(tree, structured, about.title)
    language = _declared_language(tree)
    surface = _snapshot(tree, headline or "")
    passages = remove_hidden(tree)
    surface = replace(surface, visible=page_text(tree), main=page_text(tree, main_only=True), cards=find_cards(tree))
    surface = _add_text(surface, tree, url, structured, language)
    wall = classify(surface)
    declared = wall in _UNREAD and not surface.says_paid and count_words(structured.body) >= _DECLARED_WORDS_MIN
    text, _ = strip_hidden(structured.body if declared else surface.article)
    return Page(
        text=text,
        title=_line(headline),
        byline=_line(about.author),
        site=_line(about.sitename or about.hostname),
        published_at=about.date,
        language=language or None,
        wall=None if declared else wall,
        paywalled=is_paywalled(surface),
        declared=declared,
        hidden_passages=passages,
        hidden_characters=strip_hidden(surface.visible)[1],
    )


def _declared_language(tree: HtmlElement) -> str:
    match = _LANGUAGE.match(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return match[0].lower() if match else ""


def parse_page(html: str) -> HtmlElement | None:
    """Return the tree, or None if there is nothing in it; raises `RecursionError` if it is nested too deeply.

    libxml2 would end a page at its first NUL, and, without a word, where it is more than 256 levels deep (2,048 with
    `huge_tree`): old pages that never close their <font>, and threads of comments, are.
    """
    data = _CODED.sub("\ufffd", html).encode()
    parser = HTMLParser(encoding="utf-8", collect_ids=False, default_doctype=False, no_network=True, huge_tree=True)
    try:
        tree = document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None
    if parser.error_log.filter_types([etree.ErrorTypes.ERR_RESOURCE_LIMIT]):
        raise RecursionError("the rest of the page is not in the tree")
    return tree


def _snapshot(tree: HtmlElement, title: str) -> PageSnapshot:
    """Return what the page is made of, before its scripts and hidden parts are taken out; its texts come later."""
    scripts = [script.text or "" for script in tree.iter("script")]
    tiers = {meta.get("content", "").lower() for meta in tree.iterfind(".//meta[@property='article:content_tier']")}
    return PageSnapshot(
        title=title,
        page_title=find_page_title(tree),
        article="",
        visible="",
        unseen=" ".join(" ".join(part.itertext()) for part in tree.iter("noscript")),
        scripts=len(scripts),
        has_password=bool(tree.xpath("boolean(//input[@type='password'])")),
        has_challenge=bool(tree.xpath(_CHALLENGE)),
        says_paid=any(map(_PAID.search, scripts)) or not tiers.isdisjoint(_PAID_TIERS),
    )


def _add_text(
    surface: PageSnapshot, tree: HtmlElement, url: str | None, structured: StructuredData, language: str
) -> PageSnapshot:
    links = [element_text(link) for link in tree.iter("a")]
    link_words = sum(map(count_words, links))
    remove_boilerplate(tree)
    flatten_layout(tree, is_live=structured.is_live)
    mark_quotations(tree, language)
    is_note = _is_note(tree, surface, link_words)
    note = page_text(tree) if is_note else ""
    article = _body(tree, url)
    if count_words(article) < _NOTE_SHARE_MIN * count_words(note):
        article = note
    return replace(surface, article=article, links=len(links), link_words=link_words)


def _is_note(tree: HtmlElement, surface: PageSnapshot, link_words: int) -> bool:
    """Return whether all of a page is its text, as in a mail or a short note that somebody sends as HTML."""
    is_plain = not surface.scripts and not tree.xpath(_FRAMED)
    return is_plain and link_words <= _NOTE_LINKS_MAX * count_words(surface.visible)


def _body(tree: HtmlElement, url: str | None) -> str:
    """Return the article's paragraphs. Precision first: better short than a menu in it."""
    document = bare_extraction(tree, url=url, favor_precision=True, include_comments=False, with_metadata=False)
    lines = ((document.text or "") if isinstance(document, Document) else "").splitlines()
    return join_paragraphs(_ITEM_NUMBER.sub("", _TABLE_ROW.sub(_row, line)) for line in lines)


def _row(row: re.Match[str]) -> str:
    """Return the cells of a table's row that hold something; "" for the rule under its head."""
    cells = [cell.strip() for cell in row[1].split("|")]
    return " | ".join(cell for cell in cells if cell.strip("-: "))


def _line(text: str | None) -> str | None:
    """Return one clean line of the page's own data, or None."""
    line = " ".join(strip_hidden(text or "")[0].split())
    return line[:_LINE_MAX] or None
