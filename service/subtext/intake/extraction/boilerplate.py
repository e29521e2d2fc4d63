# ruff: noqa: RUF001 - letters and quotation marks of many languages
"""Boilerplate inside of an article: teasers, boxes that ask to subscribe, share bars, pull quotes that repeat the text.

What stands around an article is left to the extractor; here goes what stands between its paragraphs. A block goes only
if it is short and says itself what it is, so that an article about newsletters keeps its sentences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from subtext.intake.extraction.elements import (
    HEADINGS,
    class_words,
    count_words,
    element_text,
    leaf_blocks,
    link_share,
    remove,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

# Labels of teasers, in the languages of Europe's larger presses.
_LABELS: Final = (
    r"(?:also |must |further )?read(?:ing)?(?: more| also| next| on| this(?: next)?| the full (?:story|article))?"
    r"|related(?: (?:articles?|stor(?:y|ies)|news|content|coverage|links?|topics?|posts?|reading))?"
    r"|(?:see|watch|listen|learn|also)(?: more| also| now| on)?|more(?: (?:on|from|about)\b[^:]{0,60}| stories| news)?"
    r"|(?:you )?(?:may|might)(?: also)? (?:like|be interested in|want to read)"
    r"|(?:recommended|suggested)(?: for you| stories| reading)?"
    r"|don[’']t miss|(?:most|top) (?:read|popular|viewed|shared|stories)|trending(?: now| stories)?"
    r"|popular(?: now| stories)?"
    r"|what to read next|in case you missed it|editor[’']?s?[’']? picks?|latest(?: news| stories)?|from the archives?"
    r"|in other news|keep reading|continue reading|further reading|elsewhere on the (?:web|site)|around the web"
    r"|lesen sie (?:auch|mehr|hier|dazu)|mehr zum thema|auch interessant|das könnte sie auch interessieren|siehe auch"
    r"|(?:à )?lire (?:aussi|également|la suite)|(?:sur le même sujet)|voir aussi|à (?:voir|écouter)(?: aussi)?"
    r"|(?:lea|lee|leer|ver|vea)(?: también| más| además)|(?:noticias?|artículos?) relacionad[ao]s?|te puede interesar"
    r"|leggi anche|potrebbe interessarti(?: anche)?|leia (?:também|mais)|veja também|lees (?:ook|meer|verder)"
    r"|läs (?:också|även|mer)|les også|læs også|lue myös|czytaj (?:też|także|również|więcej)|zobacz (?:też|także)"
    r"|читайте (?:также|также по теме)|смотрите также|по теме|читайте також|przeczytaj (?:też|także)"
)
_LABEL_ONLY = re.compile(rf"\W*(?:{_LABELS})\W*", re.IGNORECASE)
_LABELLED = re.compile(rf"\W*(?:{_LABELS})\s*(?:[:|»›→►▶>]|[–—-]\s)\s*\S.*", re.IGNORECASE)
_STARTS_LABELLED = re.compile(rf"\W*(?:{_LABELS})\b", re.IGNORECASE)
_TEASER_WORDS_MAX: Final = 30
# A label with the headline of another article behind it, in a link or not; a mere word of the text needs the link.
_LINKED_MIN: Final = 0.5
_NOTICE_WORD = (
    r"(?:advertisement|advert|ads?|sponsored(?: content| by.{0,30})?|promoted(?: content)?|paid content"
    r"|(?:story|article) continues (?:below|after)(?: (?:this |the )?(?:advertisement|ad|advert|video))?"
    r"|scroll (?:down )?(?:to|for) (?:continue|read|more)(?: (?:reading|with content))?|skip (?:to|past) .{0,40}"
    r"|loading|\d+ of \d+|remove ads"
    r"|anzeige|werbung|publicité|publicidad|pubblicità|publicidade|annonce|annons|reklam[ae]?|advertentie|mainos"
    r"|реклама)"
)
_NOTICE = re.compile(rf"\W*{_NOTICE_WORD}(?:\W+{_NOTICE_WORD}){{0,2}}\W*", re.IGNORECASE)
_SHARE_WORD = (
    r"share(?: (?:this|on|via|with)(?: \w+){0,2})?|tweet(?: this)?|e-?mail(?: this)?|print(?: this)?"
    r"|copy(?: the)? link|link copied!?"
    r"|facebook|twitter|x|whats ?app|telegram|linkedin|reddit|pinterest|messenger|flipboard|bluesky|threads|pocket|sms"
    r"|instagram|youtube"
    r"|save(?: for later)?|bookmark|comments?|\d+ (?:comments?|shares?)|follow(?: us)?|subscribe"
    r"|gift(?: this)? article|more options|close"
    r"|teilen|drucken|partager|compartir|condividi|imprimer|imprimir"
)
_SHARE_BAR = re.compile(rf"\W*(?:{_SHARE_WORD})(?:[\W_]+(?:{_SHARE_WORD}|on|via|or|and))*\W*", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:please |want more\W+|get \w+ news\W+)?"
    r"(?:sign[ -]?up|subscribe|register|download|get|install|follow|join|like|click|tap|support|donate|enable|turn on"
    r"|receive"
    r"|become|try|add us|find us|stay (?:informed|up to date|connected)|never miss"
    r"|thank you for (?:reading|signing up)|enter your"
    r"|abonnieren sie|melden sie sich|laden sie|folgen sie|inscrivez-vous|abonnez-vous|téléchargez|suivez|suscríbete"
    r"|suscríbase|descarga"
    r"|síguenos|iscriviti|scarica|seguici|подпи(?:шитесь|сывайтесь)|zapisz się|assine|baixe|siga)\b",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(
    r"news ?letter|\b(?:our|the|free|mobile|news) (?:\w+ )?apps?\b|\bapp store|google play|\binbox"
    r"|\bour (?:\w+ ){0,3}(?:channel|group|alerts?|podcast|page)"
    r"|notifications|(?:breaking|daily|morning|evening|news) (?:\w+ )?(?:alerts?|briefing|emails?|updates)"
    r"|\b(?:on|us on) (?:facebook|twitter|x|instagram|whatsapp|telegram|google news|linkedin|youtube|tiktok|threads"
    r"|bluesky)\b"
    r"|your e-?mail|our journalism|our (?:reporting|newsroom)|click here|here to (?:read|subscribe|sign|join)|a member"
    r"|supporter"
    r"|\bnotre (?:lettre|application)|nuestr[ao] (?:boletín|app|canal)|unsere[nmr]? (?:\w+ )?(?:app|kanal)|рассылк"
    r"|\bканал",
    re.IGNORECASE,
)
_BLOCK_CHARS_MAX: Final = 400
_ASK_WORDS_MAX: Final = 35
# A box or the items below a label: so much of the page at most, and no paragraph of the article in it.
_BOX_SHARE_MAX: Final = 1 / 3
_BOX_WORDS_MAX: Final = 150
_BOX_TAGS: Final = frozenset({"section", "div", "aside", "ul", "nav"})
_BOX_PARTS_MAX: Final = 20
_REST_WORDS_MAX: Final = 8
_PARAGRAPH_WORDS_MIN: Final = 35
_ITEM_WORDS_MAX: Final = 25
_PULL_NAMES: Final = ("pullquote", "pullout", "highlight")
_REPEATED_WORDS_MIN: Final = 5
_REPEATED_SHARE_MIN: Final = 0.8
_SHINGLE: Final = 3
_WORD = re.compile(r"\w+")


def remove_boilerplate(tree: HtmlElement) -> None:
    """Take teasers, requests to subscribe, share bars and repeated quotations out of the tree."""
    leaves = leaf_blocks(tree)
    page_words = sum(count_words(element_text(leaf)) for leaf in leaves)
    for leaf in leaves:
        if leaf.getparent() is None or leaf.tag == "h1":
            continue
        text = element_text(leaf)
        if _LABEL_ONLY.fullmatch(text):
            _remove_labelled(leaf, text, page_words)
        elif text and _asks(text):
            _remove_with_box(leaf, page_words)
        elif text and _is_boilerplate(leaf, text):
            remove(leaf)
    _remove_embedded_teasers(tree)
    _remove_repeated(tree)


def _is_boilerplate(leaf: HtmlElement, text: str) -> bool:
    """Return whether a block says itself that it is no part of the article; a long one never does."""
    if len(text) > _BLOCK_CHARS_MAX:
        return False
    words = count_words(text)
    if words <= _TEASER_WORDS_MAX and _is_teaser(leaf, text):
        return True
    is_label = _NOTICE.fullmatch(text) is not None or _SHARE_BAR.fullmatch(text) is not None
    return is_label and leaf.tag not in {"td", "th"}


def _asks(text: str) -> bool:
    """Return whether a block asks its reader to subscribe, to follow or to install something."""
    is_short = len(text) <= _BLOCK_CHARS_MAX and count_words(text) <= _ASK_WORDS_MAX
    return is_short and _ASKS.match(text) is not None and _ASKED_FOR.search(text) is not None


def _is_teaser(leaf: HtmlElement, text: str) -> bool:
    """Return whether a block sends its reader to another article."""
    linked = link_share(leaf)
    if _LABELLED.fullmatch(text):
        return linked > 0 or leaf.find(".//strong") is not None or leaf.find(".//b") is not None or _is_upper(text)
    return linked >= _LINKED_MIN and _STARTS_LABELLED.match(text) is not None


def _is_upper(text: str) -> bool:
    label = text.partition(":")[0]
    return ":" in text and (label.isupper() or len(label.split()) > 1)


def _remove_labelled(label: HtmlElement, text: str, page_words: int) -> None:
    """Take out a label with the box that it heads, or with the items that follow it."""
    box = label.getparent()
    if box is not None and box.tag in _BOX_TAGS and _is_first(label, box) and _is_small(box, page_words):
        remove(box)
        return
    items = list(_items_after(label))
    for item in items:
        remove(item)
    # A word alone may be all that a paragraph says.
    if items or label.tag in HEADINGS or text.endswith(":") or " " in text:
        remove(label)


def _remove_with_box(leaf: HtmlElement, page_words: int) -> None:
    """Take out a block, and the box around it if little else is in it."""
    box = leaf.getparent()
    remove(leaf)
    is_box = box is not None and box.tag in _BOX_TAGS and len(box) <= _BOX_PARTS_MAX and _is_small(box, page_words)
    if box is not None and is_box and count_words(element_text(box)) <= _REST_WORDS_MAX:
        remove(box)


def _is_first(label: HtmlElement, box: HtmlElement) -> bool:
    before = next((element for element in label.itersiblings(preceding=True) if element_text(element)), None)
    return before is None and not (box.text or "").strip()


def _is_small(box: HtmlElement, page_words: int) -> bool:
    words = count_words(element_text(box))
    if words > _BOX_WORDS_MAX or words > _BOX_SHARE_MAX * page_words:
        return False
    return all(count_words(element_text(part)) < _PARAGRAPH_WORDS_MIN for part in box.iter("p"))


def _items_after(label: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the lists and short linked lines that directly follow a label."""
    for element in label.itersiblings():
        text = element_text(element)
        if not text:
            continue
        is_list = element.tag in {"ul", "ol"} and all(
            count_words(element_text(item)) <= _ITEM_WORDS_MAX for item in element.iter("li")
        )
        if not is_list and (count_words(text) > _ITEM_WORDS_MAX or link_share(element) < _LINKED_MIN):
            return
        yield element


def _remove_embedded_teasers(tree: HtmlElement) -> None:
    """Take out the preview of another article that some systems embed as a quotation."""
    for quotation in list(tree.iter("blockquote")):
        names = class_words(quotation)
        if {"wp", "embedded"} <= names or (element_text(quotation) and link_share(quotation) >= 1):
            remove(quotation)


def _remove_repeated(tree: HtmlElement) -> None:
    """Take out pull quotes and captions whose words the text has too, and the second of two equal quotations."""
    inside = {
        element for element in tree.iter("blockquote", "aside", "figure", "div", "p", "section") if _may_repeat(element)
    }
    boxes = [
        element
        for element in tree.iter(etree.Element)
        if element in inside and inside.isdisjoint(element.iterancestors())
    ]
    if not boxes:
        return
    outside = [leaf for leaf in leaf_blocks(tree) if leaf not in inside and inside.isdisjoint(leaf.iterancestors())]
    known = {shingle for leaf in outside for shingle in _shingles(_words(leaf))}
    for box in boxes:
        words = _words(box)
        shingles = set(_shingles(words))
        is_repeated = len(words) >= _REPEATED_WORDS_MIN and len(shingles & known) >= _REPEATED_SHARE_MIN * len(shingles)
        if is_repeated and box.getparent() is not None:
            remove(box)
        known |= shingles


def _may_repeat(element: HtmlElement) -> bool:
    if element.tag == "blockquote":
        return True
    names = class_words(element)
    is_pull = {"pull", "quote"} <= names or any(name in names for name in _PULL_NAMES)
    return is_pull or "caption" in names


def _words(element: HtmlElement) -> list[str]:
    return _WORD.findall(element_text(element).lower())


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    size = min(_SHINGLE, len(words))
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1 if size else 0))
