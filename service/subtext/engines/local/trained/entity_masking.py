"""Entity masking: replace the target and all other names by two tokens, and map offsets back to the original.

The label must depend on what the actors do to each other, not on their names. The price is that the encoder knows
nothing about the actors.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.engines.local.target import TargetMatcher

TARGET, NAME = "[unused1]", "[unused2]"
_WORD = re.compile(r"[^\W\d_]+(?:['’.&-][^\W\d_]+)*\.?")
_POSSESSIVE = re.compile(r"['’]s?$")
# Separators that are allowed between the words of a name.
_JOINS = re.compile(r"[ \t]{1,2}(?:(?:of|the|de|al|bin|van|von|for|and|&)[ \t]){0,2}\Z")
_SPACE = re.compile(r"[ \t]{1,2}\Z")
_BEFORE_FIRST = " \t\"'“‘([—–-"
_ABBREVIATION_MAX = 4
_NOT_NAMES = word_set(
    "i i'm i've i'd i'll a an the monday tuesday wednesday thursday friday saturday sunday january february march "
    "april may june july august september october november december mr mrs ms dr sen rep gov gen president prime "
    "minister senator chairman chief executive secretary king queen judge general leader god internet ok tv"
)
_STARTERS = word_set(
    "the a an this that these those it he she they we you i but and so in on at for after before when while if as his "
    "her their its our there here what why how who yet now then still not no with from by to of or nor even only some "
    "many most all both each one two three last next more such according despite since because although though under "
    "over during between among against without within my your is are was were do does did have has had can could will "
    "would should may might must let just also however meanwhile instead indeed perhaps another other new"
)
_ENDINGS = word_set("n an ian ns ans ians i is ese nese s es ish ic") | {""}
_STEM_MIN = 4
# Articles share most of their words, so a cache across articles saves most calls.
_WORDS_CACHED = 8192
# Names that are written as initials; in lower case these may be words.
_SHORT = {
    "us": frozenset({"united", "states"}),
    "uk": frozenset({"united", "kingdom"}),
    "eu": frozenset({"european", "union"}),
    "un": frozenset({"united", "nations"}),
}


@dataclass(frozen=True, slots=True)
class MaskedText:
    """Masked text: piece i begins at `cuts[i]` and replaces `starts[i]` to `ends[i]` of the original."""

    text: str
    cuts: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """Map a range of the masked text to the original; a range inside a name is mapped to at most the whole name."""
        first, last = (bisect_right(self.cuts, at) - 1 for at in (start, end - 1))
        low = self.starts[first] + start - self.cuts[first]
        high = self.starts[last] + end - self.cuts[last]
        return min(low, self.ends[first] - 1), min(high, self.ends[last])


class EntityMasker:
    """Masker of named entities; a word is a name if a sentence of the article capitalizes it after its beginning."""

    def __init__(self, texts: Iterable[str], target: TargetMatcher | None) -> None:
        self._keys = frozenset() if target is None else _normalize_aliases(target.aliases)
        self._stems = tuple((key, key[: max(_STEM_MIN, len(key) - 2)]) for key in sorted(self._keys))
        self._names: set[str] = set()
        self._targets: dict[str, bool] = {}
        lower: set[str] = set()
        for text in texts:
            self._collect_names(text, lower)
        self._plain = frozenset(map(_bare, lower))

    def mask(self, text: str, *, heading: bool) -> MaskedText:
        """Replace every mention of the target by `TARGET`, and every other name by `NAME`."""
        spans: list[tuple[int, int, str]] = []
        for match in _WORD.finditer(text):
            kind = self._classify(text, match, heading=heading)
            if kind is None:
                continue
            start, end = match.start(), _find_name_end(match)
            if spans and spans[-1][2] == kind and _joins(text[spans[-1][1] : start], kind):
                start = spans.pop()[0]
            spans.append((start, end, kind))
        return _replace_spans(text, spans)

    def _collect_names(self, text: str, lower: set[str]) -> None:
        """Collect the names of a sentence, and add its words in lower case to `lower`."""
        for match in _WORD.finditer(text):
            word = match[0]
            if word[0].islower():
                lower.add(word)
            elif not _opens(text, match.start()) and (bare := _bare(word)) not in _NOT_NAMES:
                self._names.add(bare)

    def _classify(self, text: str, match: re.Match[str], *, heading: bool) -> str | None:
        word = match[0]
        is_target = self._targets.get(word)
        if is_target is None:
            is_target = self._targets[word] = self._is_target(word, _bare(word))
        if is_target:
            return TARGET
        if not word[0].isupper() or (bare := _bare(word)) in _NOT_NAMES:
            return None
        if word.isupper() and len(bare) > 1 and not heading:
            return NAME
        if heading or _opens(text, match.start()):
            return NAME if bare in self._names and bare not in self._plain and bare not in _STARTERS else None
        return NAME

    def _is_target(self, word: str, bare: str) -> bool:
        short = bare.replace(".", "")
        if short in _SHORT:
            return word.isupper() and short in self._keys
        if any(part in self._keys for part in (bare, *bare.split("-"))):
            return True
        return word[0].isupper() and any(bare.startswith(stem) and _same_name(bare, key) for key, stem in self._stems)


def _normalize_aliases(aliases: frozenset[str]) -> frozenset[str]:
    """Add the initials of a name to its words, and drop the single letters of "U.S."."""
    initials = {name for name, long in _SHORT.items() if long <= aliases or set(name) <= aliases or name in aliases}
    return frozenset(alias for alias in aliases if len(alias) > 1) | initials


def _same_name(word: str, key: str) -> bool:
    """Tell whether a word is a name as an adjective or in the plural: "Ukrainian" of "ukraine"."""
    differences = (at for at, (one, other) in enumerate(zip(word, key, strict=False)) if one != other)
    at = next(differences, min(len(word), len(key)))
    return word[at:] in _ENDINGS and key[at:] in {"", "a", "e", "y", "ey", "n"}


@lru_cache(maxsize=_WORDS_CACHED)
def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word.lower().replace("’", "'").rstrip("."))


def _find_name_end(match: re.Match[str]) -> int:
    """Find where a name ends: before its possessive, and before a full stop that is not an abbreviation's."""
    word = match[0].rstrip(".")
    possessive = _POSSESSIVE.search(word)
    if possessive:
        return match.start() + possessive.start()
    return match.start() + len(word) if len(match[0]) > _ABBREVIATION_MAX else match.end()


def _opens(text: str, at: int) -> bool:
    """Tell whether a sentence or a quotation begins here, so that a capital does not mark a name."""
    before = text[max(0, at - 8) : at].rstrip(_BEFORE_FIRST)
    return not before or before[-1] in ".!?:…" or text[at - 1] in '"“‘'


def _joins(between: str, kind: str) -> bool:
    return bool((_SPACE if kind == TARGET else _JOINS).match(between))


def _replace_spans(text: str, spans: Sequence[tuple[int, int, str]]) -> MaskedText:
    pieces: list[tuple[str, int, int]] = []
    at = 0
    for start, end, kind in spans:
        pieces += [(text[at:start], at, start), (kind, start, end)]
        at = end
    pieces = [piece for piece in (*pieces, (text[at:], at, len(text))) if piece[0]]
    cuts = [0]
    for piece, _, _ in pieces:
        cuts.append(cuts[-1] + len(piece))
    return MaskedText(
        "".join(piece for piece, _, _ in pieces),
        tuple(cuts[:-1]),
        tuple(start for _, start, _ in pieces),
        tuple(end for _, _, end in pieces),
    )
