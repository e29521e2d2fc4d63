"""Sentences with exact offsets: a rule splitter that works paragraph by paragraph, linear in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.engines.local.tokens import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

# A text without full stops must not make one sentence of itself: later steps may look at a sentence more than once.
SENTENCE_MAX = 1000
# A line break inside a paragraph is a wrap, not an end, when the line before it has about the width of a page.
_WRAP_MIN, _WRAP_MAX = 55, 110
_HEADING_WORDS_MAX, _HEADING_CHARS_MAX = 16, 256
_LINE = re.compile(r"[^\r\n\x0b\x0c\u0085\u2028\u2029]+")
# The look-behind and the possessive quantifiers read a long run of stops once, not once from each of them.
_STOP = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++[\"'”’»)\]]*+(?=\s)")  # noqa: RUF001 - full-width stops are stops
_OPENING = "\"'“‘«([{¿¡—–-"
_ENDS_LINE = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*\Z")  # noqa: RUF001 - the same
_TERMINAL = re.compile(r"[.!?…。！？][\"'”’»)\]*_]*\Z")  # noqa: RUF001 - the same
_LAST_TOKEN = re.compile(r"[\w.&’']+\Z")
_LOOKBACK = 24
_ABBREVIATIONS = word_set(
    "mr mrs ms mx dr prof rev hon st sen rep gov gen col lt sgt capt cmdr adm maj brig pres supt vs etc inc ltd co "
    "corp llc plc jr sr no nos vol fig ed eds al ca approx dept est univ bros cf viz jan feb mar apr jun jul aug sep "
    "sept oct nov dec mon tue tues wed thu thur thurs fri sat sun e.g i.e a.m p.m u.s u.k u.n e.u d.c ph.d m.d b.a "
    "m.a j.d l.a n.y mt ft messrs sec atty"
)
# Abbreviations that end a sentence as often as not: they do when a word follows that opens sentences.
_MAY_END = word_set("etc inc ltd co corp llc plc jr sr a.m p.m u.s u.k u.n e.u d.c ph.d m.d l.a n.y")
# Some of them are words too: "he said no." ends a sentence, "no. 5" does not.
_WORDS_TOO = word_set("no nos sat sun mon fig ed est sec")
_SENTENCE_STARTERS = word_set(
    "the a an this that these those it he she they we you i but and so in on at for after before when while if as "
    "his her their its our there here what why how who yet now then still not no"
)
_FIRST_WORD = re.compile(r"[\W_]*(\w+)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: `text` stands in the article at `start`; `heading` where it is a line of its own with no stop."""

    text: str
    start: int
    paragraph: int
    heading: bool = False

    @property
    def end(self) -> int:
        """The code point after the last one."""
        return self.start + len(self.text)


def split(text: str) -> list[Sentence]:
    """Every sentence of the text in order, without the white space around it, none over 1,000 characters."""
    sentences: list[Sentence] = []
    for number, (begin, finish) in enumerate(_paragraphs(text)):
        heading = _is_heading(text, begin, finish)
        for start, end in _within(text, begin, finish):
            sentences += (Sentence(text[a:b], a, number, heading) for a, b in _pieces(text, start, end))
    return sentences


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    begin: int | None = None
    last_line = end = 0
    for found in _LINE.finditer(text):
        line = found[0].strip()
        if not line:
            continue
        start = found.end() - len(found[0].lstrip())
        if begin is not None and not _wraps(text, last_line, end, start):
            yield begin, end
            begin = None
        begin = start if begin is None else begin
        last_line, end = start, start + len(line)
    if begin is not None:
        yield begin, end


def _wraps(text: str, last_line: int, end: int, start: int) -> bool:
    """Whether the line at `start` goes on with the last one: one break between, which is full or has no stop."""
    gap = text[end:start]
    if gap.count("\n") > 1 or gap.count("\r") > 1 or any(char in gap for char in "\u2029\x0c"):
        return False
    if _WRAP_MIN <= end - last_line <= _WRAP_MAX:
        return True
    return text[start].islower() and not _ENDS_LINE.search(text[max(last_line, end - 8) : end])


def _within(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    start = begin
    for stop in _STOP.finditer(text, begin, end):
        following = _skip_space(text, stop.end(), end)
        if following < end and not _is_end(text, stop, following):
            continue
        yield start, stop.end()
        start = following
    if start < end:
        yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range itself, or its parts of at most 1,000 characters, cut at white space where there is some."""
    while end - start > SENTENCE_MAX:
        blank = max(text.rfind(" ", start + 1, start + SENTENCE_MAX), text.rfind("\t", start + 1, start + SENTENCE_MAX))
        cut = blank if blank > start else start + SENTENCE_MAX
        piece = text[start:cut].rstrip()
        if piece:
            yield start, start + len(piece)
        start = _skip_space(text, cut, end)
    if start < end:
        yield start, end


def _is_end(text: str, stop: re.Match[str], following: int) -> bool:
    after = text[following : following + _LOOKBACK]
    if after.lstrip(_OPENING)[:1].islower():
        return False
    if stop[0][0] != "." or stop[0].startswith(".."):
        return True
    return not _abbreviated(text[max(0, stop.start() - _LOOKBACK) : stop.start()], after)


def _abbreviated(before: str, after: str) -> bool:
    token = _LAST_TOKEN.search(before)
    if token is None:
        return False
    word = token[0].lower().lstrip("’'")
    if len(word) == 1 and word.isalpha() and token[0].isupper() and token[0] != "I":
        return True
    if word not in _ABBREVIATIONS or (word in _WORDS_TOO and token[0].islower() and not after[:1].isdigit()):
        return False
    first = _FIRST_WORD.match(after)
    return word not in _MAY_END or first is None or first[1].lower() not in _SENTENCE_STARTERS


def _skip_space(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _is_heading(text: str, begin: int, end: int) -> bool:
    """A short line without a full stop; one that ends in a question mark counts when its words are capitalised."""
    if end - begin > _HEADING_CHARS_MAX:
        return False
    paragraph = text[begin:end]
    words = paragraph.split()
    if len(words) > _HEADING_WORDS_MAX:
        return False
    if not _TERMINAL.search(paragraph):
        return True
    long = [word.lstrip("\"'“‘(") for word in words if len(word) > 3]  # noqa: PLR2004 - titles leave shorter words small
    return paragraph.endswith(("?", "!")) and len(long) > 1 and all(word[:1].isupper() for word in long)
