"""Sentence splitter: the one rule splitter of the house, paragraph by paragraph, with exact offsets.

It knows abbreviations, initials, numbers, quotations that go on in lower case, wrapped lines, headings, list items and
full-width stops. A place that looks like an end and is taken for none (behind "Mr.", or where a line wraps) is kept as
a soft break: who looks for sentences that somebody hides there cuts at those too. Linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple

from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A text without full stops must not make one sentence of itself: later steps may look at a sentence more than once.
SENTENCE_MAX = 1000
# A line break inside a paragraph is a wrap, not an end, when the line before it has about the width of a page.
_WRAP_MIN, _WRAP_MAX = 55, 110
_HEADING_WORDS_MAX, _HEADING_CHARS_MAX = 16, 256
_BREAKS = "\n\r\x0b\x0c\u0085\u2028\u2029"
_LINE = re.compile(f"[^{_BREAKS}]+")
_STOPS = ".!?…。！？"  # noqa: RUF001 - full-width stops are stops
_OPENING = "\"'“‘«([{¿¡—–-"
_ENDS_LINE = (*_STOPS, ":", ";")
_TERMINAL = tuple(_STOPS)
_CLOSING = "\"'”’»)]"
_CLOSING_LINE = _CLOSING + "*_"
_LAST_TOKEN = re.compile(r"[\w.&’']+\Z")
_LOOKBACK = 24
_LINE_END_CHARS = 8
_ABBREVIATIONS = word_set(
    "mr mrs ms mx dr prof rev hon st sen rep gov gen col lt sgt capt cmdr adm maj brig pres supt vs etc inc ltd co "
    "corp llc plc jr sr no nos vol fig ed eds al ca approx dept est univ bros cf viz jan feb mar apr jun jul aug sep "
    "sept oct nov dec mon tue tues wed thu thur thurs fri sat sun e.g i.e a.m p.m u.s u.k u.n e.u d.c ph.d m.d b.a "
    "m.a j.d l.a n.y mt ft messrs sec atty"
)
# Behind three lower-case letters a stop ends a word, unless an abbreviation ends with these.
_LETTERS = 3
_DOUBTFUL = "|".join(
    sorted({word[-_LETTERS:] for word in _ABBREVIATIONS if len(word) >= _LETTERS and word[-_LETTERS:].isalpha()})
)
# Begins with one class of characters, which the regex engine looks for fast. The look-behind and the possessive
# quantifiers read a long run of stops once, not once from each of them. Group 3 is there if the stop is sure to end a
# sentence, as most are: a capital follows, and what stands before is no abbreviation.
_STOP = re.compile(
    rf"([{_STOPS}](?<![{_STOPS}][{_STOPS}])((?<=[a-z]{{{_LETTERS}}}\.)(?<!(?:{_DOUBTFUL})\.)|(?<=[!?]))?"
    rf"[{_STOPS}]*+[\"'”’»)\]」』]*+)(?:\s+|(?<=[。！？])|(?<=[。！？][”’」』)]))"  # noqa: RUF001 - the same
    r"(?(2)((?=[\"“]?[A-Z]))?|)"
)
_SURE = 3
# Abbreviations that end a sentence as often as not: they do when a word follows that opens sentences.
_MAY_END = word_set("etc inc ltd co corp llc plc jr sr a.m p.m u.s u.k u.n e.u d.c ph.d m.d l.a n.y")
# Some of them are words too: "he said no." ends a sentence, "no. 5" does not.
_WORDS_TOO = word_set("no nos sat sun mon fig ed est sec")
_SENTENCE_STARTERS = word_set(
    "the a an this that these those it he she they we you i but and so in on at for after before when while if as "
    "his her their its our there here what why how who yet now then still not no"
)
_FIRST_WORD = re.compile(r"[\W_]*(\w+)")


class Sentence(NamedTuple):
    """One sentence: `text` stands in the article at `start`; `heading` if it is a line of its own with no stop.

    `soft_breaks` are the offsets in it where another reader could see a sentence begin.
    """

    text: str
    start: int
    paragraph: int
    heading: bool = False
    soft_breaks: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """Return the code point after the last one."""
        return self.start + len(self.text)


class _Paragraph(NamedTuple):
    start: int
    end: int
    wraps: list[int]


def split_sentences(text: str) -> list[Sentence]:
    """Split a text into sentences, in order, without the white space around them, none over 1,000 characters."""
    sentences: list[Sentence] = []
    for number, paragraph in enumerate(_paragraphs(text)):
        is_heading = _is_heading(text[paragraph.start : paragraph.end])
        ranges, soft = _ranges(text, paragraph)
        if soft or paragraph.end - paragraph.start > SENTENCE_MAX:
            sentences += _build_sentences(text, ranges, number, sorted(set(soft)), is_heading=is_heading)
        else:
            sentences += [Sentence(text[start:end], start, number, is_heading) for start, end in ranges]
    return sentences


def _build_sentences(
    text: str, ranges: Sequence[tuple[int, int]], paragraph: int, soft: Sequence[int], *, is_heading: bool
) -> Iterator[Sentence]:
    """Yield the sentences of a paragraph, which may be too long, with their soft breaks."""
    for start, end in ranges:
        for first, last in ((start, end),) if end - start <= SENTENCE_MAX else _cut(text, start, end):
            breaks = tuple(soft[bisect_right(soft, first) : bisect_left(soft, last)]) if soft else ()
            yield Sentence(text[first:last], first, paragraph, is_heading, breaks)


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    begin, end, last_line = -1, 0, 0
    wraps: list[int] = []
    for start, line in _lines(text):
        if line[0].isspace() or line[-1].isspace():
            start += len(line) - len(line.lstrip())  # noqa: PLW2901 - the line without blanks
            line = line.strip()  # noqa: PLW2901 - the same
        if not line:
            continue
        if begin >= 0 and _wraps(text, last_line, end, start):
            wraps.append(start)
        else:
            if begin >= 0:
                yield _Paragraph(begin, end, wraps)
            begin, wraps = start, []
        end, last_line = start + len(line), start
    if begin >= 0:
        yield _Paragraph(begin, end, wraps)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, each behind its offset."""
    if any(char in text for char in _BREAKS[1:]):
        yield from ((match.start(), match[0]) for match in _LINE.finditer(text))
        return
    # The usual case, several times as fast.
    start = 0
    for line in text.split("\n"):
        if line:
            yield start, line
        start += len(line) + 1


def _wraps(text: str, last_line: int, end: int, start: int) -> bool:
    """Tell whether the line at `start` goes on with the last one: one break between, which is full or has no stop."""
    gap = text[end:start]
    if gap.count("\n") > 1 or gap.count("\r") > 1 or "\u2029" in gap or "\x0c" in gap:
        return False
    if _WRAP_MIN <= end - last_line <= _WRAP_MAX:
        return True
    tail = text[max(last_line, end - _LINE_END_CHARS) : end]
    return text[start].islower() and not tail.rstrip(_CLOSING).endswith(_ENDS_LINE)


def _ranges(text: str, paragraph: _Paragraph) -> tuple[list[tuple[int, int]], list[int]]:
    """Return the sentences of a paragraph as ranges, and its soft breaks: wraps, and where a stop ends none."""
    start, end, soft = paragraph.start, paragraph.end, list(paragraph.wraps)
    ranges: list[tuple[int, int]] = []
    for stop in _STOP.finditer(text, start, end):
        following = stop.end()
        if stop.lastindex == _SURE or following >= end or _is_end(text, stop.start(), following):
            ranges.append((start, stop.end(1)))
            start = following
        elif text[following] not in ascii_lowercase:
            soft.append(following)
    if start < end:
        ranges.append((start, end))
    return ranges, soft


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a range of at most 1,000 characters, cut at white space if there is some."""
    while end - start > SENTENCE_MAX:
        blank = max(text.rfind(" ", start + 1, start + SENTENCE_MAX), text.rfind("\t", start + 1, start + SENTENCE_MAX))
        cut = blank if blank > start else start + SENTENCE_MAX
        yield start, start + len(text[start:cut].rstrip())
        start = _skip_space(text, cut, end)
    yield start, end


def _is_end(text: str, stop: int, following: int) -> bool:
    """Tell whether a sentence ends with the stop at an offset if the next word or mark is at `following`."""
    opens = text[following]
    if opens in _OPENING:
        opens = text[following : following + _LOOKBACK].lstrip(_OPENING)[:1]
    if opens.islower():
        return False
    if text[stop] != "." or text.startswith("..", stop):
        return True
    before = text[max(0, stop - _LOOKBACK) : stop]
    last = before[before.rfind(" ") + 1 :]
    if len(last) > 1 and last.isalpha() and last.lower() not in _ABBREVIATIONS:
        return True
    return not _is_abbreviated(before, text[following : following + _LOOKBACK])


def _is_abbreviated(before: str, after: str) -> bool:
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


def _is_heading(paragraph: str) -> bool:
    """Tell a short line without a full stop; one that ends in a question mark counts if its words are capitalised."""
    if len(paragraph) > _HEADING_CHARS_MAX:
        return False
    words = paragraph.split()
    if len(words) > _HEADING_WORDS_MAX:
        return False
    if not paragraph.rstrip(_CLOSING_LINE).endswith(_TERMINAL):
        return True
    long = [word.lstrip("\"'“‘(") for word in words if len(word) > 3]  # noqa: PLR2004 - titles leave shorter words small
    return paragraph.endswith(("?", "!")) and len(long) > 1 and all(word[:1].isupper() for word in long)
