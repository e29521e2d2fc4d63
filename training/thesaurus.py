"""Write the thesaurus that the check of summaries reads, from its two lists of words: `python -m training.thesaurus`.

Stemming them takes a third of a second, and dictionaries of lists twenty megabytes: too much for every start.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stem_rows import NumberRows
from subtext.analysis.faithfulness.stemming import stem
from subtext.analysis.faithfulness.synonyms import SIZE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FOLDER = Path(__file__).parent.parent / "service" / "subtext" / "analysis" / "faithfulness"
TARGET = FOLDER / "thesaurus.bin"


def build_thesaurus() -> bytes:
    """Return the thesaurus as bytes: stems, groups, broader, opposites, members, narrower, words, others."""
    synonyms, forms, pairs, others = _read_sections("wordnet.txt")
    news, news_pairs = _read_sections("synonyms.txt")
    groups, broader = _build_groups(synonyms)
    words = frozenset(groups)
    _add_groups(groups, chain(forms, news), first=len(synonyms))
    opposites, no_nouns = _build_opposites(chain(pairs, news_pairs)), frozenset(map(stem, " ".join(others).split()))
    stems = sorted({*groups, *opposites, *no_nouns})
    positions = {item: position for position, item in enumerate(stems)}
    count = len(synonyms) + len(forms) + len(news)
    sections = (
        "\n".join(stems).encode(),
        *(NumberRows.pack([rows.get(item, []) for item in stems]).to_bytes() for rows in (groups, broader)),
        NumberRows.pack([sorted(map(positions.__getitem__, opposites.get(item, ()))) for item in stems]).to_bytes(),
        *(NumberRows.pack(_invert(rows, stems, count)).to_bytes() for rows in (groups, broader)),
        *(bytes(item in chosen for item in stems) for chosen in (words, no_nouns)),
    )
    return b"".join(len(section).to_bytes(SIZE_BYTES, "little") + section for section in sections)


def _read_sections(name: str) -> list[list[str]]:
    text = (FOLDER / name).read_text("utf-8")
    return [_read_lines(section) for section in text.split("\n---\n")]


def _read_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _build_groups(synonyms: Iterable[str]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return by stem the groups that it is in, a line each, and the groups that are broader."""
    groups: dict[str, list[int]] = {}
    broader: dict[str, list[int]] = {}
    for number, line in enumerate(synonyms):
        numbers, _, words = line.partition(" ")
        above = [int(each) for each in numbers.split(",") if each]
        for item in map(stem, words.split()):
            groups.setdefault(item, []).append(number)
            broader.setdefault(item, []).extend(above)
    return groups, broader


def _add_groups(groups: dict[str, list[int]], lines: Iterable[str], first: int) -> None:
    """Add each line as one group of synonyms, numbered from `first` on."""
    for number, line in enumerate(lines, first):
        for word in line.split():
            groups.setdefault(stem(word), []).append(number)


def _build_opposites(lines: Iterable[str]) -> dict[str, set[str]]:
    """Return by stem those on the other side of the lines that it stands in: "left | right"."""
    opposites: dict[str, set[str]] = {}
    for line in lines:
        left, right = ([stem(word) for word in words.split()] for words in line.split("|"))
        for side, other in ((left, right), (right, left)):
            for item in side:
                opposites.setdefault(item, set()).update(other)
    return opposites


def _invert(rows: Mapping[str, Sequence[int]], stems: Sequence[str], count: int) -> list[list[int]]:
    """Return by number the positions of the stems in whose rows it is."""
    inverse: list[list[int]] = [[] for _ in range(count)]
    for position, item in enumerate(stems):
        for number in rows.get(item, ()):
            inverse[number].append(position)
    return inverse


if __name__ == "__main__":
    TARGET.write_bytes(build_thesaurus())
