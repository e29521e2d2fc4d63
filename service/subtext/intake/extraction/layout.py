"""Layout that plain text would lose or mistake: tables, numbered lists, definitions, posts of a live blog, speakers."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from lxml import etree

from subtext.intake.extraction.elements import HEADINGS, class_words, count_words, element_text, holds_most, remove
from subtext.intake.text_blocks import parse_blocks, unwrap

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CELL_PARTS: Final = "boolean(.//p|.//h1|.//h2|.//h3|.//ul|.//ol|.//div//div|.//table|.//article|.//form)"
_CELL_WORDS_MAX: Final = 25
_TABLE_TAGS: Final = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "center", "caption")
_TERM_WORDS_MAX: Final = 6
# With fewer words a list tells data of the page: a date, an author, a place.
_DEFINITION_WORDS_MIN: Final = 3
_CODE_NAMES: Final = frozenset({"code", "highlight", "hljs", "language", "prettyprint", "sourcecode"})
_LIVE = re.compile(r"live[-_ ]?(?:blog|updates?|feed|coverage)", re.IGNORECASE)
_SPEAKERS_MIN: Final = 2
_POSTS_MIN: Final = 2
_POST_TAGS: Final = frozenset({"article", "div", "section", "li"})
_LABEL_WORDS_MAX: Final = 9
_NAME = re.compile(r"[^\W\d_a-z][^.!?:]{1,80}")


def flatten_layout(tree: HtmlElement, *, is_live: bool) -> None:
    """Rewrite in place what the extractor would mistake."""
    _unfold_preformatted(tree)
    _unwrap_layout_tables(tree)
    _join_posts(tree, is_live=is_live)
    _number_lists(tree)
    _join_definitions(tree)
    _label_speakers(tree)
    _label_bold_speakers(tree)


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
    """Write the numbers of numbered lists; a list of sections with headings of their own is no list."""
    for listing in list(tree.iter("ol", "ul")):
        items = [*listing.iterchildren("li")]
        if any(next(item.iter(*HEADINGS), None) is not None for item in items):
            for part in (listing, *items):
                part.tag = "div"
        elif listing.tag == "ol":
            for number, item in enumerate(items, start=1):
                first = next((child for child in item if child.tag in {"p", "div"}), None)
                target = item if (item.text or "").strip() or first is None else first
                target.text = f"{number}. {(target.text or '').lstrip()}"


def _join_definitions(tree: HtmlElement) -> None:
    """Write `<dt>` and `<dd>` as one paragraph, "term: words", as interviews and fact boxes are read."""
    for definitions in tree.iter("dl"):
        words = [count_words(element_text(element)) for element in definitions.iter("dd")]
        if sum(words) < _DEFINITION_WORDS_MIN * len(words):
            continue
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


def _label_bold_speakers(tree: HtmlElement) -> None:
    """Write "NAME:" for a name in bold capitals that opens a paragraph, if several paragraphs are opened so."""
    names = [name for name in tree.iter("strong", "b") if _is_bold_speaker(name)]
    if len(names) >= _SPEAKERS_MIN:
        for name in names:
            name.text = f"{element_text(name)}:"


def _is_bold_speaker(name: HtmlElement) -> bool:
    paragraph, text = name.getparent(), element_text(name)
    opens = (
        paragraph is not None and paragraph.tag == "p" and paragraph[0] is name and not (paragraph.text or "").strip()
    )
    is_name = _NAME.fullmatch(text) is not None and text.isupper() and count_words(text) <= _LABEL_WORDS_MAX
    return opens and is_name and not len(name) and (name.tail or "").strip()[:1].isupper()


def _join_posts(tree: HtmlElement, *, is_live: bool) -> None:
    """Make one article of the posts of a live blog, the time of each post in front of its heading."""
    feeds = [element for element in tree.iter("div", "ol", "ul", "section", "main") if _names_live(element)]
    if is_live and not feeds:
        feeds = [parent for parent in {post.getparent() for post in tree.iter("article")} if parent is not None]
    for feed in feeds:
        posts = [child for child in feed if child.tag in _POST_TAGS]
        if len(posts) < _POSTS_MIN or not holds_most(feed, tree):
            continue
        for post in posts:
            _put_time_first(post)
            post.tag = "div"
            post.attrib.clear()
        _frame(feed)


def _names_live(element: HtmlElement) -> bool:
    return _LIVE.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None


def _put_time_first(post: HtmlElement) -> None:
    time = next(post.iter("time"), None)
    heading = next((element for element in post.iter("p", *HEADINGS) if element_text(element)), None)
    if time is None or heading is None or heading in time.iterancestors():
        return
    heading.text = f"{element_text(time)} {(heading.text or '').lstrip()}"
    remove(time)


def _frame(feed: HtmlElement) -> None:
    """Let what holds the posts be the page's article, with the headline that stands before them."""
    frame = next((node for node in feed.iterancestors() if node.tag in {"article", "main"}), feed)
    if frame.tag == "body":
        frame = etree.SubElement(feed, "article")
        for child in list(feed)[:-1]:
            frame.append(child)
    else:
        feed.tag = "div"
        frame.tag = "article"
    feed.attrib.clear()
    frame.attrib.clear()
