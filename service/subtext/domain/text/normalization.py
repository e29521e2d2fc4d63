"""Text normalization: typography folded away, with an exact way back to the original offsets.

What folds together: quotation marks and apostrophes; dashes, with the white space round them; runs of white space;
NFC and NFD; ligatures, full-width and presentation forms. What vanishes: soft hyphens, zero-width, bidi, tag and
control characters. What never folds: letters' case, and digits in superscript, fractions or circles (10² is not 102).

Characters that fold one to one are replaced in bulk first; one pass then rewrites the few runs that change the length,
and only those are remembered for the way back.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_DASHES = "‐‑‒–—―−﹘﹣－"
_QUOTES = '"`´‘’‚‛“”„‟‹›«»′″ʼ＂＇'  # noqa: RUF001 - the same
_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
IGNORABLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
# Characters that fold to one other.
_REPLACEMENTS = dict.fromkeys(_QUOTES, "'") | dict.fromkeys(_DASHES, "-") | dict.fromkeys(_BLANKS, " ")
_USUAL_REPLACEMENTS = '"`\t\n\r'
# Characters that are their own fold and never merge with a neighbour, other than ASCII: letters of Latin, Greek,
# Cyrillic, Hebrew and Arabic, CJK ideographs, kana and Hangul syllables (a speed-up; everything else goes by clusters).
_STABLE = "¡-§©«¬®°±¶»¿À-ıĴ-ľŁ-ňŊ-žΆΈ-ώЀ-҂Ҋ-ӹא-תء-ي‐-•⁅-⁐€\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
_UNSTABLE = rf"[^\x00-\x7f{_STABLE}{IGNORABLE}]"
# Begins with one class of characters, which the regex engine looks for fast; what was found tells which run it may be.
_RUNS = re.compile(
    rf"[^!-&(-,.-~{_STABLE}](?:(?<=[ -])[ \-{IGNORABLE}]+|(?<=')(?:[{IGNORABLE}]*')+"
    rf"|(?<=[{IGNORABLE}])[ \-{IGNORABLE}]*|(?<={_UNSTABLE})(?P<clusters>{_UNSTABLE}*))"
)
# The same for a text in which every character is its own fold or folds to one other.
_PLAIN_RUNS = re.compile("  [ -]*| -[ -]*|-[ -]+|''+")
_NOT_PLAIN = re.compile(rf"[^\x00-\x7f{_STABLE}{''.join(char for char in _REPLACEMENTS if char > '~')}]|[{IGNORABLE}]")
_ASCII = re.compile("[\x00-\x7f]")
_LAST_OF_PLANE = "\uffff"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_COMPATIBLE = frozenset({"<compat>", "<wide>", "<narrow>", "<font>", "<initial>", "<medial>", "<final>", "<isolated>"})
# Unicode's stream-safe format allows 30 marks on one character (UAX 15, section 13); ordering more costs n squared.
_CLUSTER_MAX = 32
_USUAL = bytes(range(0x20, 0x7F)) + b"\t\n\r"


class _Fold(NamedTuple):
    """A normalized text, and the runs in it that do not stand for as many characters of the original.

    Run k is `normalized[begins[k]:ends[k]]`, from `original[origins[k]:origin_ends[k]]`.
    """

    normalized: str
    begins: list[int]
    ends: list[int]
    origins: list[int]
    origin_ends: list[int]


class NormalizedText:
    """A text, its normalization (made when first needed), and the way back from there to offsets of the original."""

    def __init__(self, original: str, unusual: str | None = None) -> None:
        self.original = original
        self._unusual = find_unusual(original) if unusual is None else unusual

    @property
    def normalized(self) -> str:
        """Return the text without typography."""
        return self._fold.normalized

    @cached_property
    def casefolded(self) -> str:
        """Return the normalization without case: only to say why a quote was refused."""
        return self.normalized.casefold()

    def lacks(self, word: str) -> bool:
        """Tell, without normalization, whether it has a word of a quote in no case; False if that is not sure."""
        if _NOT_PLAIN.search(self._unusual):
            return False
        if word.isascii() and not _ASCII.search(self._unusual.casefold()):
            # Nothing but letters of ASCII folds to such letters here: bytes are lowered many times as fast.
            return word.lower().encode() not in self._lower_bytes
        return word not in self.original and word.casefold() not in self._original_casefolded

    @cached_property
    def _original_casefolded(self) -> str:
        return self.original.casefold()

    @cached_property
    def _lower_bytes(self) -> bytes:
        return self.original.encode("utf-8", "surrogatepass").lower()

    def to_original(self, begin: int, end: int) -> Span | None:
        """Map a range of the normalization to the original; None if it parts what one character became."""
        fold = self._fold
        first, last = bisect_right(fold.begins, begin) - 1, bisect_right(fold.begins, end - 1) - 1
        if first >= 0 and fold.begins[first] < begin < fold.ends[first]:
            return None
        if last >= 0 and fold.begins[last] < end < fold.ends[last]:
            return None
        is_in_run = last >= 0 and end <= fold.ends[last]
        return Span(_origin(fold, first, begin), fold.origin_ends[last] if is_in_run else _origin(fold, last, end))

    def utf16(self, span: Span) -> Span:
        """Count the same range in UTF-16 code units."""
        if not self._astral:
            return span
        return Span(span.start + bisect_left(self._astral, span.start), span.end + bisect_left(self._astral, span.end))

    @cached_property
    def _fold(self) -> _Fold:
        return _normalize(self.original, self._unusual)

    @cached_property
    def _astral(self) -> list[int]:
        return (
            [match.start() for match in _ASTRAL.finditer(self.original)] if self._unusual[-1:] > _LAST_OF_PLANE else []
        )


def normalize_quote(quote: str) -> str:
    """Normalize a quote, without the white space at its ends."""
    return _normalize(quote, find_unusual(quote)).normalized.strip(" ")


def _origin(fold: _Fold, run: int, at: int) -> int:
    """Map an offset of the normalization that lies in a run, at its beginning, or behind it and before the next."""
    if run < 0:
        return at
    return fold.origins[run] if at < fold.ends[run] else fold.origin_ends[run] + at - fold.ends[run]


def _normalize(text: str, unusual: str) -> _Fold:
    replaced = text
    for char in _USUAL_REPLACEMENTS + unusual:
        if char in _REPLACEMENTS:
            replaced = replaced.replace(char, _REPLACEMENTS[char])
    pieces: list[str] = []
    fold = _Fold("", [], [], [], [])
    done = length = 0
    for match in (_RUNS if _NOT_PLAIN.search(unusual) else _PLAIN_RUNS).finditer(replaced):
        run_begin = _begin(text, match, done)
        pieces.append(replaced[done:run_begin])
        length += run_begin - done
        for piece, begin, end in _normalize_runs(replaced, run_begin, match):
            pieces.append(piece)
            fold.begins.append(length)
            length += len(piece)
            fold.ends.append(length)
            fold.origins.append(begin)
            fold.origin_ends.append(end)
        done = match.end()
    pieces.append(replaced[done:])
    return fold._replace(normalized="".join(pieces))


def _begin(text: str, match: re.Match[str], done: int) -> int:
    """Return where a run begins: one character earlier if its first mark merges with the plain letter before it."""
    begin = match.start()
    if match.lastgroup and begin > done and unicodedata.combining(text[begin]):
        return begin - (text[begin - 1] == match.string[begin - 1])
    return begin


def _normalize_runs(text: str, begin: int, match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    run, end = text[begin : match.end()], match.end()
    if match.lastgroup:
        yield from _clusters(run, begin)
    elif "'" in run:
        yield "'", begin, end
    elif "-" in run:
        yield "-", begin, end
    else:
        yield " " if " " in run else "", begin, end


def _clusters(run: str, offset: int) -> Iterator[tuple[str, int, int]]:
    """Yield each character with the marks that merge with it, composed; a cluster has at most 32 code points."""
    begin = 0
    for at in range(1, len(run) + 1):
        if at == len(run) or at - begin >= _CLUSTER_MAX or not _merges(run[begin:at], run[at]):
            yield _composed(run[begin:at]), offset + begin, offset + at
            begin = at


def _merges(cluster: str, char: str) -> bool:
    if unicodedata.combining(char):
        return True
    joined = unicodedata.normalize("NFC", cluster + char)
    return joined != unicodedata.normalize("NFC", cluster) + unicodedata.normalize("NFC", char)


def _composed(cluster: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(_compatible, cluster)))


@lru_cache(maxsize=4096)
def _compatible(char: str) -> str:
    tag = unicodedata.decomposition(char).partition(" ")[0]
    return unicodedata.normalize("NFKC", char) if tag in _COMPATIBLE else char


def find_unusual(text: str) -> str:
    """Return each character but printable ASCII, tab, line feed and carriage return that a text has, once, in order."""
    others = text.encode("utf-8", "surrogatepass").translate(None, _USUAL)
    return "".join(sorted(frozenset(others.decode("utf-8", "surrogatepass")))) if others else ""
