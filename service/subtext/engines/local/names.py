"""Names: one person under one name, the fullest that the text has, however short the name is elsewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from subtext.engines.local.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# A stop belongs to a name behind a title or an initial only: behind any other word the sentence ends.
_PART = r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Rev|Col|Lt|Sgt|Prof)\.|[A-Z]\.|[A-Z][\w’'-]*)"
_NAME = re.compile(rf"{_PART}(?:[ \t]+(?:(?:al|bin|van|von|de|der|del|la)[ \t]+)?{_PART})*")
_TITLES = word_set(
    "mr mrs ms miss mx dr sir dame lord lady prof professor president vice prime minister sen senator rep congressman "
    "congresswoman representative gov governor mayor secretary state speaker leader majority minority general gen col "
    "colonel capt captain lt sgt adm admiral maj major judge justice attorney chancellor chairman chairwoman chief ceo "
    "king queen prince princess pope archbishop bishop rev republican democrat democratic house senate spokesman "
    "spokeswoman former the analyst historian commander director ambassador"
)
# Words that open sentences are no first names.
_NO_NAMES = word_set(
    "a an and as at but by for from he her his if in it its like my nor not now of on or our she so still that their "
    "then there these they this those to we what when where while who why with yet you your after before because both "
    "each even every since some though although however meanwhile monday tuesday wednesday thursday friday saturday "
    "sunday january february march april june july august september october november december according also says said"
)
_WORDS_MAX = 4


def without_title(name: str) -> str:
    """The name without the titles before it: "Prime Minister Anna Orlo" is "Anna Orlo"."""
    words = name.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _TITLES:
        words.pop(0)
    return " ".join(words)


class FullNames:
    """The full names of a text by surname."""

    def __init__(self, text: str) -> None:
        self._of = _by_surname(_candidates(text))

    def of(self, speaker: str) -> str:
        """The full name of a speaker named by surname, with or without a title; the speaker as given otherwise.

        A surname that two people of the text have stays as it is.
        """
        bare = without_title(speaker)
        return self._of.get(bare, speaker if " " in bare else bare) if bare[:1].isupper() else speaker


def _candidates(text: str) -> Iterable[Sequence[str]]:
    for found in _NAME.finditer(text):
        words = re.sub(r"[’']s?$", "", without_title(found[0])).rstrip(".").split()
        while words and words[0].lower() in _NO_NAMES:
            words.pop(0)
        words = without_title(" ".join(words)).split()
        if 1 < len(words) <= _WORDS_MAX:
            yield words


def _by_surname(names: Iterable[Sequence[str]]) -> Mapping[str, str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for words in names:
        seen[words[-1]].add(" ".join(words))
    return {
        surname: fullest
        for surname, forms in seen.items()
        if all(_same(form, fullest := max(sorted(forms), key=len)) for form in forms)
    }


def _same(form: str, fullest: str) -> bool:
    """Whether a shorter form is of the same person: the same first name, or the end of the fullest form."""
    return form.split(maxsplit=1)[0] == fullest.split(maxsplit=1)[0] or fullest.endswith(" " + form)
