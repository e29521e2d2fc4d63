"""Text with its typography folded away and an exact way back to the original offsets.

What folds together: quotation marks and apostrophes; dashes, with the white space round them; runs of white space;
NFC and NFD; ligatures, full-width and presentation forms. What vanishes: soft hyphens, zero-width, bidi, tag and
control characters. What never folds: letters' case, and digits in superscript, fractions or circles (10² is not 102).
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from functools import cached_property, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

from subtext.domain.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_DASHES = "-‐‑‒–—―−﹘﹣－"
_QUOTES = "\"'`´‘’‚‛“”„‟‹›«»′″ʼ＂＇"  # noqa: RUF001 - the same
IGNORABLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
# Characters that are their own fold and never merge with a neighbour, other than ASCII: letters of Latin, Greek,
# Cyrillic, Hebrew and Arabic, CJK ideographs, kana and Hangul syllables (a speed-up; everything else goes by clusters).
_STABLE = "¡-§©«¬®°±¶»¿À-ıĴ-ľŁ-ňŊ-žΆΈ-ώЀ-҂Ҋ-ӹא-תء-ي‐-•⁅-⁐€\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
_SEPARATORS = rf"\s\-{_DASHES[1:]}{IGNORABLE}"
_UNNORMALIZED = rf"[^\x00-\x7f{_STABLE}{_QUOTES}{_SEPARATORS}]"
_NORMALIZED_CLUSTERS = re.compile(
    rf"(?P<joint>[{_SEPARATORS}]{{2,}}|[^\S ]|[{_DASHES[1:]}]|[{IGNORABLE}])"
    rf"|(?P<quotes>[{_QUOTES}](?:[{IGNORABLE}]*[{_QUOTES}])+|[{_QUOTES.replace(chr(39), '')}])"
    rf"|(?P<rough>{_UNNORMALIZED}+)"
)
_HAS_DASH = re.compile(f"[{_DASHES[1:]}-]")
_HAS_SPACE = re.compile(r"\s")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_COMPATIBLE = frozenset({"<compat>", "<wide>", "<narrow>", "<font>", "<initial>", "<medial>", "<final>", "<isolated>"})
# Unicode's stream-safe format allows 30 marks on one character (UAX 15, section 13); ordering more costs n squared.
_CLUSTER_MAX = 32


class NormalizedText:
    """A text and, made when first needed, its fold: `normalized[i]` came from `original[starts[i]:ends[i]]`."""

    def __init__(self, original: str) -> None:
        self.original = original

    @property
    def normalized(self) -> str:
        """The text without typography."""
        return self._normalize[0]

    @property
    def starts(self) -> array[int]:
        """For each folded character, the code point at which its original begins."""
        return self._normalize[1]

    @property
    def ends(self) -> array[int]:
        """For each folded character, the code point at which its original ends."""
        return self._normalize[2]

    @cached_property
    def casefolded(self) -> str:
        """The fold without case: only to say why a quote was refused."""
        return self.normalized.casefold()

    def utf16(self, span: Span) -> Span:
        """The same range counted in UTF-16 code units."""
        return Span(span.start + bisect_left(self._astral, span.start), span.end + bisect_left(self._astral, span.end))

    @cached_property
    def _normalize(self) -> tuple[str, array[int], array[int]]:
        return _normalize(self.original)

    @cached_property
    def _astral(self) -> list[int]:
        return [found.start() for found in _ASTRAL.finditer(self.original)]


def _normalize(text: str) -> tuple[str, array[int], array[int]]:
    pieces: list[str] = []
    starts, ends = array("I"), array("I")
    done = 0
    for found in _NORMALIZED_CLUSTERS.finditer(text):
        run_begin = _begin(text, found, done)
        _copy(text, done, run_begin, pieces, starts, ends)
        for piece, begin, end in _normalize_clusters(text, run_begin, found):
            pieces.append(piece)
            starts.extend(repeat(begin, len(piece)))
            ends.extend(repeat(end, len(piece)))
        done = found.end()
    _copy(text, done, len(text), pieces, starts, ends)
    return "".join(pieces), starts, ends


def normalize_quote(quote: str) -> str:
    """The fold of a quote, without the white space at its ends."""
    return _normalize(quote)[0].strip(" ")


def _copy(text: str, begin: int, end: int, pieces: list[str], starts: array[int], ends: array[int]) -> None:
    if begin < end:
        pieces.append(text[begin:end])
        starts.extend(range(begin, end))
        ends.extend(range(begin + 1, end + 1))


def _begin(text: str, found: re.Match[str], done: int) -> int:
    """Where a run begins: one character earlier where its first mark merges with the plain letter before it."""
    begin = found.start()
    if found.lastgroup == "rough" and begin > done and unicodedata.combining(text[begin]):
        return begin - 1
    return begin


def _normalize_clusters(text: str, begin: int, found: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    end = found.end()
    run = text[begin:end]
    if found.lastgroup == "rough":
        yield from _clusters(run, begin)
    elif found.lastgroup == "quotes":
        yield "'", begin, end
    elif _HAS_DASH.search(run):
        yield "-", begin, end
    elif _HAS_SPACE.search(run):
        yield " ", begin, end


def _clusters(run: str, offset: int) -> Iterator[tuple[str, int, int]]:
    """Each character with the marks that merge with it, composed; a cluster is never longer than 32 code points."""
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
