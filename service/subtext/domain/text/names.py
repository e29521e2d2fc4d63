"""Names of people and bodies: how a text writes them, without titles, each by the fullest form that it has."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CAPITAL = "A-ZÀ-ÖØ-ÞĆČĎĐĘĚĞİŁŃŇŌŘŚŞŠŤŪŮŹŻŽ"
_PARTICLE = r"(?:al|bin|ibn|van|von|der|den|de|del|da|di|du|la|le|el|ten|ter)"
_LINK = rf"[ \t]+(?:{_PARTICLE}[ \t]+){{0,2}}"
# Possessive and bounded: a text of capitals without a blank would else be gone through once for each of them (ReDoS).
_WORD = rf"(?:{_PARTICLE}[-’'])?[{CAPITAL}][\w’'.&-]{{0,60}}+"
NAME = re.compile(rf"{_WORD}(?:{_LINK}{_WORD})*")
FULL_NAME = re.compile(rf"{_WORD}(?:{_LINK}{_WORD})+")
# A name ends behind these, as capitals run on: "Vice President Mike Pence", "New York Rep. Ana Orlo".
_TITLE = re.compile(
    r"\b(?:President(?:-elect)?|Premier|Chancellor|(?:Prime |Foreign |Defen[cs]e )?Minister|Sens?\.|Senators?|Reps?\.|"
    r"Representatives?|Congress(?:man|woman)|Govs?\.|Governors?|Messrs\.|Mrs?\.?|Ms\.?|Mx\.?|Miss|Dr\.?|Sir|Dame|Lord|"
    r"Lady|Prof\.|Professor|Secretary(?:[ -]General)?|Speaker|Leader|Whip|Gen\.|General|Col\.|Colonel|Lt\.|Lieutenant|"
    r"Maj\.|Major|Capt\.|Captain|Sgt\.|Sergeant|Adm\.|Admiral|Commander|Commissioner|Cmdr\.|Judge|Justice|Mayor|"
    r"Councill?or|Chairman|Chairwoman|Chair|Chief|CEO|Executive|Director|Ambassador|King|Queen|Prince|Princess|Pope|"
    r"Archbishop|Bishop|Cardinal|Rabbi|Imam|Sheikh|Ayatollah|Rev\.|Reverend|Republican|Democrat|"
    r"Democratic|Spokes(?:man|"
    r"woman|person)|Former|Ex|Historian|Analyst|Economist|Coach|Editor|Reporter|Sheriff|Officer|Deputy|Nominee|Hon\.)"
    r"(?=\s+[^\W\d_])"
)
_OFFICE = re.compile(
    r"\b(?:Secretary|Minister|Department|House|Board|Chairman|Chief) (?:of|for) (?:the )?[A-Z]\w+\s+(?=[A-Z])"
)
_POSSESSIVE = re.compile(r"[’']s?$")
_TITLE_WORDS = word_set(
    "mr mrs ms miss mx dr sir dame lord lady prof professor president vice prime minister sen senator rep congressman "
    "congresswoman representative gov governor mayor secretary state speaker leader majority minority general gen col "
    "colonel capt captain lt sgt adm admiral maj major judge justice attorney chancellor chairman chairwoman chief ceo "
    "king queen prince princess pope archbishop bishop rev republican democrat democratic house senate spokesman "
    "spokeswoman former the analyst historian commander commissioner director ambassador"
)
# Words that open sentences are no first names.
_NO_NAMES = word_set(
    "a an and as at but by for from he her his if in it its like my nor not now of on or our she so still that their "
    "then there these they this those to we what when where while who why with yet you your after before because both "
    "each even every since some though although however meanwhile monday tuesday wednesday thursday friday saturday "
    "sunday january february march april may june july august september october november december according also says "
    "said during under over until unless despite nothing nobody none everything everyone something someone anything "
    "let just here how i is are was were no yes all any many most such"
)
# "United Russia" is not Russia.
_NO_FIRST_NAMES = word_set("united eastern western northern southern north south east west new central soviet greater")
_WORDS_MAX = 4
# How a title is written before a name, if it is not the role itself.
_ABBREVIATED = {
    "governor": r"(?:Gov\.|Governor)",
    "senator": r"(?:Sen\.|Senator)",
    "general": r"(?:Gen\.|General)",
    "congressman": r"(?:Rep\.|Congressman)",
    "congresswoman": r"(?:Rep\.|Congresswoman)",
    "lawmaker": r"(?:Rep\.|Sen\.|Representative|Senator)",
    "professor": r"(?:Prof\.|Professor)",
}


def without_title(name: str) -> str:
    """Strip all up to the last title before a name: "Russian President Vladimir Putin" is "Vladimir Putin"."""
    office = _OFFICE.match(name)
    end = max((match.end() for match in _TITLE.finditer(name)), default=0)
    bare = name[max(end, office.end() if office else 0) :].lstrip()
    words = bare.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _TITLE_WORDS:
        bare = bare[bare.index(words[0]) + len(words[0]) :].lstrip()
        words.pop(0)
    return bare if bare[:1].isupper() else name


def is_name_word(word: str) -> bool:
    """Tell whether a capitalised word may begin a name, not just a sentence."""
    return word[:1].isupper() and word.lower().rstrip(".,") not in _NO_NAMES


def trim_name(name: str) -> str:
    """Return a name without titles before it, and without a stop or a possessive behind it."""
    bare = without_title(name.strip(" .,’'\n\t"))
    return _POSSESSIVE.sub("", bare).rstrip(",")


class NameResolver:
    """The full names of a text by surname; only those of a surname that is asked for are read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fullest: dict[str, str] = {}

    def full_name(self, speaker: str) -> str:
        """Resolve a surname, with or without a title, to the full name; other speakers stay as given.

        A surname that two people of the text have stays as it is. What does not stand in the text is nobody's name.
        """
        if not speaker[:1].isupper():
            return self._verbatim(speaker)
        bare = without_title(speaker)
        fullest = self._find_fullest(bare.rsplit(maxsplit=1)[-1]) if FULL_NAME.fullmatch(bare) else ""
        if fullest and _same(bare, fullest):
            return self._verbatim(fullest) or self._verbatim(bare)
        return self._verbatim(self._find_fullest(bare) or (speaker if " " in bare else bare))

    def holder(self, role: str) -> str | None:
        """Find the one person whose title ends a role: "the president" is Ilka Varga beside "President Ilka Varga"."""
        title = _ABBREVIATED.get(role.rsplit(maxsplit=1)[-1].lower(), role.rsplit(maxsplit=1)[-1].capitalize())
        names = {found[1].split()[-1]: found[1] for found in re.finditer(rf"\b{title}\s+({NAME.pattern})", self._text)}
        if len(names) != 1:
            return None
        return self.full_name(_POSSESSIVE.sub("", next(iter(names.values())).rstrip(" .,-")))

    def _find_fullest(self, surname: str) -> str:
        """Return the fullest name with a surname, or nothing if none or several people have it."""
        if surname not in self._fullest:
            self._fullest[surname] = _choose_fullest(frozenset(_forms(self._written.get(surname, ()))))
        return self._fullest[surname]

    @cached_property
    def _written(self) -> Mapping[str, list[str]]:
        """Return the names of several words, as the text writes them, by their last word."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for match in _FULL_FORM.finditer(self._text):
            names[_strip_ending(match[0]).rpartition(" ")[2]].append(match[0])
        return names

    def _verbatim(self, name: str) -> str:
        return name if name in self._text else ""


# A stop belongs to a name behind a title or an initial only: behind any other word the sentence ends. Begins with one
# class of characters, which the regex engine looks for fast.
_TITLE_REST = r"(?:(?<=M)(?:rs?|s)|(?<=D)r|(?<=S)(?:en|gt)|(?<=R)e[pv]|(?<=G)(?:ov|en)|(?<=C)ol|(?<=L)t|(?<=P)rof)"
_PART = rf"[{CAPITAL}](?:{_TITLE_REST}?\.|[\w’'-]{{0,60}}+)"
_FULL_FORM = re.compile(rf"{_PART}(?:[ \t]+(?:{_PARTICLE}[ \t]+)?{_PART})+")


def _forms(names: Iterable[str]) -> Iterator[str]:
    """Yield names without titles and other words before them, but for those that are no names of people."""
    for name in names:
        words = _strip_ending(without_title(name)).split(" ")
        while words and words[0].lower() in _NO_NAMES:
            words.pop(0)
        words = without_title(" ".join(words)).split(" ")
        if 1 < len(words) <= _WORDS_MAX and words[0].lower() not in _NO_FIRST_NAMES:
            yield " ".join(words)


def _strip_ending(name: str) -> str:
    """Strip a possessive and stops behind a name."""
    return _POSSESSIVE.sub("", name).rstrip(".")


def _choose_fullest(forms: frozenset[str]) -> str:
    """Return the longest of some forms of a name if all are of one person, else nothing."""
    fullest = max(sorted(forms), key=len, default="")
    return fullest if all(_same(form, fullest) for form in forms) else ""


def _same(form: str, fullest: str) -> bool:
    """Tell whether a shorter form is of the same person: the same first name, or the end of the fullest form."""
    return form.split(maxsplit=1)[0] == fullest.split(maxsplit=1)[0] or fullest.endswith(" " + form)
