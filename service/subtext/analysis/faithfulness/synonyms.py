"""Thesaurus: which words say the same, which say it more broadly, and which turn a statement round.

Two lists of English words, kept as text beside this file: `wordnet.txt` comes from WordNet 3.0 (Princeton University;
`training/wordnet.py` makes it), `synonyms.txt` adds by hand what news uses. `training/thesaurus.py` stems them into
`thesaurus.bin`, which is read here. A word that is in neither only equals itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain, compress
from typing import IO, TYPE_CHECKING

from subtext.analysis.faithfulness.stem_rows import NumberRows, StemRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

_PREFIXES = ("un", "in", "im", "dis", "ir", "il", "non", "non-")
_PREFIXED_MIN = 4
# Each section of the file begins with its size in bytes, as so many bytes.
SIZE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """By stem: the groups of synonyms, the groups that are one step broader, and the positions of opposites in `stems`.

    `members` and `narrower` are the first two the other way round: by group, the positions in `stems`. `words` are the
    stems of words that are no names, `others` those of them that are mostly no nouns.
    """

    stems: tuple[str, ...]
    groups: StemRows
    broader: StemRows
    opposites: StemRows
    members: NumberRows
    narrower: NumberRows
    words: frozenset[str]
    others: frozenset[str]

    def groups_of(self, items: Iterable[str]) -> frozenset[int]:
        """Return the groups of synonyms that the stems belong to."""
        return frozenset(chain.from_iterable(map(self.groups.get, items)))

    def has_antonym_in(self, item: str, others: AbstractSet[str]) -> bool:
        """Return whether the opposite of a stem is among others, and no word for the same."""
        if antonyms(item).isdisjoint(others):
            return False
        return self.groups_of(others).isdisjoint(self.groups.get(item))

    def stems_in(self, rows: NumberRows, groups: Iterable[int]) -> Iterator[str]:
        """Yield the stems of the groups by `members` or `narrower`."""
        return map(self.stems.__getitem__, chain.from_iterable(map(rows.__getitem__, groups)))


class Vocabulary:
    """The stems of a text, and with them every word that says the same as one of them."""

    def __init__(self, stems: Iterable[str]) -> None:
        self.stems = frozenset(stems)

    def covers(self, item: str) -> bool:
        """Tell whether a stem, or a synonym of it, is among them."""
        return item in self.stems or not self.stems.isdisjoint(_synonyms(item))

    def count_covered(self, items: AbstractSet[str]) -> int:
        """Count the stems of which one, or a synonym of it, is among them."""
        missing = items - self.stems
        return len(items) - len(missing) + sum([not self.stems.isdisjoint(_synonyms(item)) for item in missing])

    def is_related(self, item: str) -> bool:
        """Tell whether a stem, or a word that says the same more broadly or more narrowly, is among them."""
        return self.covers(item) or not self.stems.isdisjoint(_broader_and_narrower(item))


@lru_cache(maxsize=8_192)
def _synonyms(item: str) -> frozenset[str]:
    """Return the stems that share a group with one."""
    thesaurus = load_thesaurus()
    return frozenset(thesaurus.stems_in(thesaurus.members, thesaurus.groups.get(item)))


@lru_cache(maxsize=8_192)
def _broader_and_narrower(item: str) -> frozenset[str]:
    """Return the stems of the groups one step broader than a stem, and those that its own groups are broader than."""
    thesaurus = load_thesaurus()
    broader = thesaurus.stems_in(thesaurus.members, thesaurus.broader.get(item))
    narrower = thesaurus.stems_in(thesaurus.narrower, thesaurus.groups.get(item))
    return frozenset(chain(broader, narrower))


@lru_cache(maxsize=8_192)
def antonyms(item: str) -> frozenset[str]:
    """Return the stems on the other side of the pairs of opposites that a stem is in."""
    thesaurus = load_thesaurus()
    return frozenset(map(thesaurus.stems.__getitem__, thesaurus.opposites.get(item)))


def is_negated_form_of(item: str, others: AbstractSet[str]) -> bool:
    """Tell whether a stem is another with a prefix of negation, or the other way round: `known` and `unknown`."""
    if any(prefix + item in others for prefix in _PREFIXES if len(item) >= _PREFIXED_MIN):
        return True
    bare = (item.removeprefix(prefix) for prefix in _PREFIXES if item.startswith(prefix))
    return any(rest in others for rest in bare if len(rest) >= _PREFIXED_MIN)


@lru_cache(maxsize=1)
def load_thesaurus() -> Thesaurus:
    """Return the lists that are shipped."""
    with files("subtext.analysis.faithfulness").joinpath("thesaurus.bin").open("rb") as file:
        stems = tuple(_read_section(file).decode().split("\n"))
        groups, broader, opposites = (StemRows(stems, NumberRows.from_bytes(_read_section(file))) for _ in range(3))
        members, narrower = (NumberRows.from_bytes(_read_section(file)) for _ in range(2))
        # Copied from a set, which leaves no room to grow: half of the table.
        words, others = (frozenset(set(compress(stems, _read_section(file)))) for _ in range(2))
    return Thesaurus(stems, groups, broader, opposites, members, narrower, words, others)


def _read_section(file: IO[bytes]) -> bytes:
    """Read the next section of the file; all of them at once would leave holes in the memory."""
    return file.read(int.from_bytes(file.read(SIZE_BYTES), "little"))
