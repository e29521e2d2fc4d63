"""Cards: boxes that stand for other articles, a linked headline with a line or two below, as front pages hold them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from subtext.intake.extraction.elements import HEADINGS, count_words, element_text, leaf_blocks

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEADLINE_WORDS_MIN: Final = 3
_CARD_WORDS_MAX: Final = 90
_LINK_SHARE_MIN: Final = 0.8


def find_cards(tree: HtmlElement) -> tuple[frozenset[str], ...]:
    """Return the lines of each card of the page; a headline that stands alone in its block is one too."""
    headlines = [heading for heading in tree.iter(*(HEADINGS - {"h1"})) if _is_linked(heading)]
    boxes = {box: None for heading in headlines if (box := _box(heading)) is not None}
    cards = [frozenset(map(element_text, leaf_blocks(box))) | {element_text(box)} for box in boxes]
    known = frozenset[str]().union(*cards)
    lines = (element_text(leaf) for leaf in leaf_blocks(tree) if _is_linked(leaf))
    return (*cards, *(frozenset({line}) for line in lines if line not in known))


def _is_linked(line: HtmlElement) -> bool:
    """Return whether a line leads to another page: one that leads to a place on this one is a post's."""
    words = count_words(element_text(line))
    links = [*line.iter("a"), *line.iterancestors("a")]
    away = [link for link in links if "#" not in (link.get("href") or "#")]
    linked = sum(count_words(element_text(link)) for link in away)
    return words >= _HEADLINE_WORDS_MIN and linked >= _LINK_SHARE_MIN * words


def _box(heading: HtmlElement) -> HtmlElement | None:
    """Return the largest box around a headline that holds no other headline and is no longer than a card."""
    box = None
    for ancestor in heading.iterancestors():
        other = next(islice(ancestor.iter(*HEADINGS), 1, None), None)
        if other is not None or count_words(element_text(ancestor)) > _CARD_WORDS_MAX:
            break
        box = ancestor
    return box
