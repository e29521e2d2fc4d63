"""Elements of a page as a reader sees them: blocks, their words, their classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

_BLOCK_NAMES = """p div section article main header footer aside h1 h2 h3 h4 h5 h6 li ul ol tr td th table blockquote
pre br figcaption figure nav form dt dd dl hr center"""
BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BREAKS: Final = frozenset({"br", "hr"})
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_CLASS_PART = re.compile(r"[a-z0-9]+")


def element_text(element: HtmlElement) -> str:
    """Return the element's text on one line."""
    return " ".join("".join(element.itertext()).split())


def page_text(tree: HtmlElement, *, main_only: bool = False) -> str:
    """Return all text of the page, each block as a paragraph; `main_only` without navigation, head and foot."""
    pieces: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if element.tag in BLOCKS:
            pieces.append("\n")
        is_left_out = main_only and element is not tree and _is_frame(element)
        if is_left_out and event == "start":
            walk.skip_subtree()
        text = element.text if event == "start" else element.tail
        if text and not (is_left_out and event == "start"):
            pieces.append(_SPACE.sub(" ", text))
    return join_paragraphs("".join(pieces).splitlines())


def _is_frame(element: HtmlElement) -> bool:
    """Return whether an element stands around the article: a head, a foot or a box inside of it is the article's."""
    if element.tag == "nav":
        return True
    return element.tag in {"header", "footer", "aside"} and next(element.iterancestors("article", "main"), None) is None


def join_paragraphs(lines: Iterable[str]) -> str:
    """Return the lines that hold something, a blank line between two of them."""
    return "\n\n".join(stripped for line in lines if (stripped := line.strip()))


def count_words(text: str) -> int:
    """Return the number of words, in the rough way that is enough to compare two blocks."""
    return len(_WORD.findall(text))


def leaf_blocks(tree: HtmlElement) -> list[HtmlElement]:
    """Return the blocks that hold no other block (line breaks aside), in the order of the page."""
    blocks = [element for element in tree.iter(*(BLOCKS - _BREAKS)) if element is not tree]
    outer: set[HtmlElement] = set()
    for block in blocks:
        for ancestor in block.iterancestors():
            if ancestor in outer:
                break
            outer.add(ancestor)
    return [block for block in blocks if block not in outer]


def link_share(element: HtmlElement) -> float:
    """Return the share of the element's words that stand in links, 0-1."""
    words = count_words(element_text(element))
    linked = sum(count_words(element_text(link)) for link in element.iter("a"))
    return linked / words if words else 0.0


def holds_most(part: HtmlElement, tree: HtmlElement) -> bool:
    """Return whether most of the page's paragraphs stand in a part of it."""
    inside, everywhere = (sum(len(element_text(block)) for block in node.iter("p")) for node in (part, tree))
    return everywhere > 0 and 2 * inside >= everywhere


def class_words(element: HtmlElement) -> frozenset[str]:
    """Return the words that the element's classes are made of: `wp-block-pullquote` gives wp, block, pullquote."""
    return frozenset(_CLASS_PART.findall((element.get("class") or "").lower()))


def remove(element: HtmlElement) -> None:
    """Take an element out with all that is in it; what follows it stays."""
    if element.getparent() is not None:
        element.drop_tree()
