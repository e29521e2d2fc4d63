"""Speakers of an answer: each goes by a name that stands in the article, and one person by one name.

A model writes a speaker as it likes: "Mair", "Ms. Mair, union leader", in other capitals. What the article bears out of
that is kept, by the fullest form that it has; a speaker of whom it has nothing is unclear.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from subtext.analysis.faithfulness.stemming import stem_all
from subtext.analysis.stems import StemTable
from subtext.domain.evidence import Match
from subtext.domain.grounding import ground
from subtext.domain.text.names import NAME, NameResolver, without_title
from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from subtext.domain.text.prepared import PreparedText

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# The role behind a name, by a comma, a dash or in brackets.
_ROLE = re.compile(r"\s*(?:[,;(–—]|\s-\s).*", re.DOTALL)
_NOBODY = word_set(
    "he she they him her them it i we you who someone somebody nobody nothing one others another unnamed unknown "
    "narrator speaker quote source"
)
# A name that is refused for another reason stands in the text in no case.
_MAY_HAVE_OTHER_CASE = frozenset(["case_differs", "cuts_a_word"])
_SMALL = word_set("the a an of and for in on at to from with by or his her its their some other others many")


class SpeakerResolver:
    """Finds the name under which an article has a speaker."""

    def __init__(self, text: PreparedText) -> None:
        self._text = text.normalized
        self._stems = text.derive(StemTable).stems
        self._verbatim: dict[str, str] = {}

    @cached_property
    def _names(self) -> NameResolver:
        """Return the names of the article; most answers have no speaker who needs them."""
        return NameResolver(self._text.original)

    def resolve(self, speaker: str) -> str:
        """Return the speaker's name as it stands in the article, the fullest form of it, or nothing."""
        if speaker.lower() in _NOBODY:
            return ""
        for form in dict.fromkeys((_ROLE.sub("", speaker), without_title(_ROLE.sub("", speaker)), speaker)):
            if form and (verbatim := self._find(form)):
                is_same = verbatim.islower() and verbatim.casefold() == speaker.casefold()
                return speaker if is_same else self._names.full_name(verbatim) or verbatim
        return self._part(_ROLE.sub("", speaker)) or self._described(speaker)

    def resolve_target(self, name: str) -> str:
        """Return the name of a target that a model gives, as the article has it if it has it under another form."""
        return name if self._find(name) else self.resolve(name) or name

    def _find(self, form: str) -> str:
        """Return a form as the article writes it, whatever its capitals, or nothing; each is looked for once."""
        if form not in self._verbatim:
            self._verbatim[form] = self._search(form)
        return self._verbatim[form]

    def _search(self, form: str) -> str:
        for spelling in dict.fromkeys((form, form.title(), form.capitalize(), form.lower(), form.upper())):
            match = ground(spelling, self._text)
            if isinstance(match, Match):
                return match.quote
            if form.isascii() and match.reason not in _MAY_HAVE_OTHER_CASE:
                break
        return ""

    def _part(self, speaker: str) -> str:
        """Return the longest end of a name that the article has: "Mike Pence" of "Vice Mike Pence"."""
        match = next((match for match in NAME.finditer(speaker) if match.end() == len(speaker)), None)
        words = [] if match is None else match[0].split()
        ends = (self._find(" ".join(words[first:])) for first in range(len(words)))
        verbatim = next(filter(None, ends), "")
        return (self._names.full_name(verbatim) or verbatim) if verbatim else ""

    def _described(self, speaker: str) -> str:
        """Return a speaker who is described in words that the article has, all of them."""
        words = [word.lower() for word in _WORD.findall(speaker)]
        content = [word for word in words if word not in _SMALL]
        return speaker if content and all(stem in self._stems for stem in stem_all(content)) else ""
