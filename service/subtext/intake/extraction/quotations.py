# ruff: noqa: RUF001 - letters and quotation marks of many languages
"""Quotations that a page marks by its elements get the marks that readers see, because plain text has no elements.

A quotation is a run of paragraphs: each one opens with a mark and the last one closes, as printers do it. Who speaks
stands beside it, unmarked: the line that introduces it before, `— Name` after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from lxml import etree

from subtext.intake.extraction.elements import BLOCKS, class_words, count_words, element_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.html import HtmlElement

    # Whose quotation, its words, and whether they name the speaker instead.
    _Line = tuple[HtmlElement, str, bool]

# What browsers put around `<q>` by the page's language: outer pair, inner pair.
_MARKS: Final = {
    "de": "„“‚‘",
    "fr": "«»‹›",
    "it": "«»“”",
    "es": "«»“”",
    "pt": "«»“”",
    "ru": "«»„“",
    "uk": "«»„“",
    "pl": "„”«»",
    "sv": "””’’",
}
_ENGLISH: Final = "“”‘’"
_OPENING: Final = '"“„«‹‘‚'
_OPENS = re.compile(rf"\s*[{_OPENING}]")
# Classes by which sites, forums and mail programs name a box that quotes.
_BOX_NAMES: Final = (
    "quote quotation blockquote block-quote pullquote pull-quote quotebox quote-box quotecontent bbcode_quote "
    "bbcodeblock--quote yahoo_quoted quoted-post quoted-text"
)
_BOX_CLASSES: Final = frozenset(_BOX_NAMES.split())
_BOX_TAGS: Final = frozenset({"div", "p", "section"})
# A box that is named for quotations is one if it is no longer than a letter.
_BOX_WORDS_MAX: Final = 400
_CITED: Final = frozenset({"cite", "footer", "figcaption"})
# Where a "quotation" holds most of a page it only indents it.
_LAYOUT_SHARE: Final = 0.6
_VOICE_WORDS_MAX: Final = 15
_DASHED = re.compile(r"\s*(?:[—–―]|-{1,2}(?=\s))\s*(?=\S)")
_DASHED_END = re.compile(r"(?P<words>.*[.!?…”\"’'])\s*[—–―]\s*(?P<voice>[^\W\d_a-z][^!?]{1,120})", re.DOTALL)
_SPEAKER_LINE = re.compile(r"(?:[^\W\d_a-z][\w.'’-]*)(?:[ ,]+[\w.'’&-]+){0,8}\s*:\s+\S")
_SPEAKER_LINES_MIN: Final = 2
# The line that a mail or a forum puts before what it quotes: "On Tue, Mair wrote:", "Originally Posted by Mair".
_POSTED = re.compile(
    r"\b(?:wrote|writes|said|says|posted(?: by)?|quote(?:d)?(?: from)?|a écrit|schrieb|escribió|ha scritto|escreveu"
    r"|написал\w?)\b",
    re.IGNORECASE,
)
INTRODUCTION = re.compile(
    r"[^\n]{1,200}:\W{0,3}|(?:originally posted by|quote from:?|quoting)\b[^\n]{1,80}", re.IGNORECASE
)
_STOP = re.compile(r"[.!?…:;,—–―-][”\"’']*\s*\Z")
_STRAIGHT_PAIR = re.compile(r'"([^"\n]*)"')
_INNER: Final = str.maketrans("“”", "‘’")


def mark_quotations(tree: HtmlElement, language: str) -> None:
    """Write quotation marks where `<q>`, `<blockquote>` and boxes for quotations stand, in place."""
    _mark_inline(tree, _MARKS.get(language, _ENGLISH))
    _open_figures(tree)
    quotations = [element for element in tree.iter(etree.Element) if is_quotation(element)]
    inside = set(quotations)
    size = count_words(element_text(tree))
    for quotation in quotations:
        if inside.isdisjoint(quotation.iterancestors()):
            _keep_introduction(quotation)
            _mark_block(quotation, inside, size)


def is_quotation(element: HtmlElement) -> bool:
    """Return whether the element sets its words apart as somebody's: `<blockquote>`, or a box of a forum or a mail."""
    if element.tag == "blockquote":
        return True
    if element.tag not in _BOX_TAGS or not element.get("class") or element.find(".//blockquote") is not None:
        return False
    is_box = not _BOX_CLASSES.isdisjoint(element.get("class", "").lower().split())
    return is_box and count_words(element_text(element)) <= _BOX_WORDS_MAX


def _mark_inline(tree: HtmlElement, marks: str) -> None:
    """Put marks around the words of each `<q>` unless they are there; one inside of another gets the inner pair."""
    nested = [(quote, sum(1 for _ in quote.iterancestors("q")) % 2) for quote in tree.iter("q")]
    for quote, level in nested:
        words = element_text(quote)
        if words and not _OPENS.match(words) and _text_before(quote).rstrip()[-1:] not in set(_OPENING):
            _surround(quote, marks[2 * level], marks[2 * level + 1])
    etree.strip_tags(tree, "q")


def _text_before(element: HtmlElement) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return "" if parent is None else parent.text or ""


def _surround(element: HtmlElement, opening: str, closing: str) -> None:
    element.text = opening + (element.text or "").lstrip()
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip() + closing
    else:
        element.text = element.text.rstrip() + closing


def _open_figures(tree: HtmlElement) -> None:
    """Let a quotation out of its `<figure>`, whose caption names the speaker, or of a forum's `<aside>`."""
    for figure in list(tree.iter("figure", "aside")):
        quotation = figure.find(".//blockquote")
        if quotation is None or (figure.tag == "aside" and "quote" not in class_words(figure)):
            continue
        for caption in figure.findall(".//figcaption"):
            if quotation not in caption.iterancestors():
                quotation.append(caption)
        figure.tag = "div"
        figure.attrib.clear()


def _keep_introduction(quotation: HtmlElement) -> None:
    """Make a paragraph of the line before a quotation that names the speaker: the extractor drops bare blocks."""
    previous = quotation.getprevious()
    if previous is not None and previous.tag in {"div", "span"} and INTRODUCTION.fullmatch(element_text(previous)):
        previous.tag = "p"
        previous.attrib.clear()


@dataclass(slots=True)
class _QuotedParagraph:
    """One paragraph inside of a quotation: its pieces in order, those of `<cite>` and the like marked."""

    owner: HtmlElement
    pieces: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the paragraph on one line."""
        return _join(self.pieces)


def _mark_block(quotation: HtmlElement, inside: set[HtmlElement], page_words: int) -> None:
    """Rebuild a quotation as plain paragraphs with marks, or as a mere block if it is no quotation."""
    text = element_text(quotation)
    if count_words(text) > _LAYOUT_SHARE * page_words:
        quotation.tag = "div"
        return
    lines = [line for paragraph in _paragraphs(quotation, inside) for line in _split_voice(paragraph)]
    spoken = sum(_SPEAKER_LINE.match(words) is not None for _, words, is_voice in lines if not is_voice)
    tail = quotation.tail
    quotation.clear()
    quotation.tag, quotation.tail = "div", tail
    marked = [words for _, words, _ in lines] if spoken >= _SPEAKER_LINES_MIN else list(_marked(lines))
    for words in marked:
        etree.SubElement(quotation, "p").text = words


def _paragraphs(quotation: HtmlElement, inside: set[HtmlElement]) -> Iterator[_QuotedParagraph]:
    """Yield the paragraphs of a quotation and of those in it, each with the innermost that it belongs to."""
    owners, cited = [quotation], 0
    paragraph = _QuotedParagraph(quotation)
    for event, element in etree.iterwalk(quotation, events=("start", "end")):
        is_start = event == "start"
        if element.tag in BLOCKS or element.tag == "footer":
            if paragraph.text:
                yield paragraph
            if element in inside and element is not quotation:
                owners = [*owners, element] if is_start else owners[:-1]
            paragraph = _QuotedParagraph(owners[-1])
        if element.tag in _CITED:
            cited += 1 if is_start else -1
        text = element.text if is_start else (None if element is quotation else element.tail)
        if text:
            paragraph.pieces.append((text, cited > 0))
    if paragraph.text:
        yield paragraph


def _split_voice(paragraph: _QuotedParagraph) -> Iterator[_Line]:
    """Yield a paragraph's words, and apart from them the words that name who speaks."""
    pieces = _trim(paragraph.pieces)
    if pieces[0][1] and len(pieces) > 1 and INTRODUCTION.fullmatch(_join(pieces[:1])):
        yield paragraph.owner, _join(pieces[:1]).rstrip("↑ "), True
        pieces = _trim(pieces[1:])
    if all(is_cited for text, is_cited in pieces if text.strip()):
        yield paragraph.owner, _voice(_join(pieces)), True
    elif pieces[-1][1] and _STOP.search(_join(pieces[:-1])):
        yield paragraph.owner, _join(pieces[:-1]).rstrip("—–―- "), False
        yield paragraph.owner, _voice(_join(pieces[-1:])), True
    else:
        yield from _split_dash(paragraph.owner, _join(pieces))


def _trim(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return the pieces without blank ones at either end."""
    filled = [number for number, (text, _) in enumerate(pieces) if text.strip()]
    return pieces[filled[0] : filled[-1] + 1] if filled else []


def _join(pieces: Iterable[tuple[str, bool]]) -> str:
    return " ".join("".join(text for text, _ in pieces).split())


def _split_dash(owner: HtmlElement, words: str) -> Iterator[_Line]:
    is_introduction = INTRODUCTION.fullmatch(words) is not None and _POSTED.search(words) is not None
    if is_introduction or (_DASHED.match(words) and count_words(words) <= _VOICE_WORDS_MAX):
        yield owner, words, True
    elif (match := _DASHED_END.fullmatch(words)) and count_words(match["voice"]) <= _VOICE_WORDS_MAX:
        yield owner, match["words"], False
        yield owner, _voice(match["voice"]), True
    else:
        yield owner, words, False


def _voice(text: str) -> str:
    words = " ".join(text.split())
    return words if words.endswith(":") or _DASHED.match(words) else f"— {words}"


def _marked(lines: Sequence[_Line]) -> Iterator[str]:
    """Yield the lines with marks around each run of one owner's words; the lines that name a speaker as they are."""
    runs = [(key, [words for _, words, _ in run]) for key, run in groupby(lines, key=lambda line: (line[0], line[2]))]
    for (owner, is_voice), words in runs:
        introduction: list[str] = []
        # The line that introduces a quotation inside of this one belongs to neither.
        if not is_voice and words[-1].endswith(":") and any(other is not owner for (other, _), _ in runs):
            introduction = [words.pop()]
        yield from words if is_voice else _surrounded(words)
        yield from introduction


def _surrounded(words: Sequence[str]) -> Iterator[str]:
    if not words or _OPENS.match(words[0]):
        yield from words
        return
    for number, text in enumerate(words, start=1):
        inner = _STRAIGHT_PAIR.sub(r"‘\1’", text).translate(_INNER)
        yield f"“{inner}{'”' if number == len(words) else ''}"
