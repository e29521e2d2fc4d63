"""Layout that plain text would lose or mistake: tables, numbered lists, definitions, posts of a live blog, speakers."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from lxml import etree

from subtext.intake.extraction.elements import HEADINGS, class_words, count_words, element_text, remove
from subtext.intake.text_blocks import parse_blocks, unwrap

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CELL_PARTS: Final = "boolean(.//p|.//h1|.//h2|.//h3|.//ul|.//ol|.//div//div|.//table|.//article|.//form)"
_CELL_WORDS_MAX: Final = 25
_TABLE_TAGS: Final = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "center", "caption")
_TERM_WORDS_MAX: Final = 6
_CODE_NAMES: Final = frozenset({"code", "highlight", "hljs", "language", "prettyprint", "sourcecode"})
_LIVE = re.compile(r"live[-_ ]?(?:blog|updates?|feed|coverage)", re.IGNORECASE)
_POSTS_MIN: Final = 2
_LABEL_WORDS_MAX: Final = 9
_NAME = re.compile(r"[^\W\d_a-z][^.!?:]{1,80}")


def flatten_layout(tree: HtmlElement, *, is_live: bool) -> None:
    """Rewrite in place what the extractor would mistake."""
    _unfold_preformatted(tree)
    _unwrap_layout_tables(tree)
    _number_lists(tree)
    _join_definitions(tree)
    _label_speakers(tree)
    _join_posts(tree, is_live=is_live)


def _unfold_preformatted(tree: HtmlElement) -> None:
    """Make paragraphs of a mail or a wire in `<pre>`: its lines are wrapped by hand, its quotations marked by `>`."""
    for frame in list(tree.iter("pre")):
        if frame.find(".//code") is not None or not class_words(frame).isdisjoint(_CODE_NAMES):
            continue
        text, tail = "".join(frame.itertext()), frame.tail
        frame.clear()
        frame.tag, frame.tail = "div", tail
        for is_quoted, blocks in groupby(parse_blocks(text), key=lambda block: block.kind == "quoted"):
            parent = etree.SubElement(frame, "blockquote") if is_quoted else frame
            for block in blocks:
                for line in unwrap(text[block.span.start : block.span.end]):
                    etree.SubElement(parent, "p").text = line


def _unwrap_layout_tables(tree: HtmlElement) -> None:
    """Make blocks of the cells of a table that only arranges the page; rows of data stay a table."""
    for table in list(tree.iter("table")):
        if is_data_table(table):
            continue
        for part in list(table.iter(*_TABLE_TAGS)):
            if next(part.iterancestors("table"), table) is table or part is table:
                part.tag = "div"


def is_data_table(table: HtmlElement) -> bool:
    """Return whether a table holds data: short cells in at least two rows and columns, and no blocks in them."""
    if table.get("role") in {"presentation", "none"}:
        return False
    rows = [[cell for cell in row if cell.tag in {"td", "th"}] for row in table.iter("tr")]
    if len([row for row in rows if row]) < 2 or max(map(len, rows)) < 2:  # noqa: PLR2004 - a row alone is a line
        return False
    cells = [cell for row in rows for cell in row]
    has_blocks = sum(bool(cell.xpath(_CELL_PARTS)) for cell in cells)
    words = [count_words(element_text(cell)) for cell in cells]
    return (
        has_blocks <= len(cells) / 4
        and max(words) <= 4 * _CELL_WORDS_MAX
        and sum(words) <= _CELL_WORDS_MAX * len(cells)
    )


def _number_lists(tree: HtmlElement) -> None:
    for numbered in tree.iter("ol"):
        for number, item in enumerate(numbered.iterchildren("li"), start=1):
            first = next((child for child in item if child.tag in {"p", "div"}), None)
            target = item if (item.text or "").strip() or first is None else first
            target.text = f"{number}. {(target.text or '').lstrip()}"


def _join_definitions(tree: HtmlElement) -> None:
    """Write `<dt>` and `<dd>` as one paragraph, "term: words", as interviews and fact boxes are read."""
    for definitions in tree.iter("dl"):
        term = ""
        for element in list(definitions.iter("dt", "dd")):
            if element.tag == "dt":
                term = element_text(element).rstrip(": ")
                remove(element)
                continue
            short = term and count_words(term) <= _TERM_WORDS_MAX and not term.endswith(("?", ".", "!"))
            prefix, term = (f"{term}: " if short else f"{term} " if term else ""), ""
            first = next((child for child in element if child.tag == "p"), None)
            target = element if (element.text or "").strip() or first is None else first
            target.text = prefix + (target.text or "").lstrip()
            element.tag = "div" if element.find(".//p") is not None else "p"
        definitions.tag = "div"


def _label_speakers(tree: HtmlElement) -> None:
    """Join a speaker's name, in an element that is named for it, to the words that follow: "NAME: words"."""
    for element in list(tree.iter(etree.Element)):
        if "speaker" not in class_words(element) or len(element):
            continue
        name = element_text(element).rstrip(": ")
        if not _NAME.fullmatch(name) or count_words(name) > _LABEL_WORDS_MAX:
            continue
        following = element.getnext()
        if (element.tail or "").strip() or following is None or following.tag not in {"p", "div"}:
            element.text = f"{name}: "
        else:
            following.text = f"{name}: {(following.text or '').lstrip()}"
            remove(element)


def _join_posts(tree: HtmlElement, *, is_live: bool) -> None:
    """Make one article of the posts of a live blog, the time of each post in front of its heading."""
    for parent in {post.getparent() for post in tree.iter("article")} - {None}:
        posts = parent.findall("article")
        if (
            len(posts) < _POSTS_MIN
            or parent.tag == "article"
            or next(parent.iterancestors("article"), None) is not None
        ):
            continue
        if not (is_live or _names_live(parent)):
            continue
        for post in posts:
            _put_time_first(post)
            post.tag = "div"
            post.attrib.clear()
        _frame(parent)


def _names_live(element: HtmlElement) -> bool:
    around = [element, *element.iterancestors()]
    return any(
        _LIVE.search(f"{node.get('class') or ''} {node.get('id') or ''}") for node in around if node.tag != "html"
    )


def _put_time_first(post: HtmlElement) -> None:
    time = next(post.iter("time"), None)
    heading = next((element for element in post.iter("p", *HEADINGS) if element_text(element)), None)
    if time is None or heading is None or heading in time.iterancestors():
        return
    stamp = element_text(time)
    heading.text = f"{stamp} {(heading.text or '').lstrip()}"
    remove(time)


def _frame(parent: HtmlElement) -> None:
    """Let the posts' parent be the page's article, with the headline if it stands before them."""
    main = next((node for node in parent.iterancestors() if node.tag == "main"), None)
    frame = parent if main is None else main
    if frame.tag == "body":
        return
    frame.tag = "article"
    frame.attrib.clear()
    if frame is not parent:
        parent.attrib.clear()
