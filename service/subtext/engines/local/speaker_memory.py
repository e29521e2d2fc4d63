"""Speaker memory: who spoke last, for pronouns and roles that only point back, as the paragraphs are gone through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subtext.engines.local.speakers import is_person, is_pronoun, leading_name

if TYPE_CHECKING:
    from subtext.domain.text.names import NameResolver
    from subtext.domain.text.sentences import Sentence

_ROLE_OF_ONE = re.compile(
    r"(?:the|this|that)\s(?:[\w’'-]+\s){0,3}(?:president|premier|chancellor|minister|governor|senator|"
    r"congress(?:man|woman)|secretary|speaker|leader|chairman|chairwoman|chief|mayor|judge|justice|general|pope|expert|"
    r"analyst|professor|economist|historian|author|adviser|ambassador|candidate|nominee|commander|director|executive|"
    r"lawmaker|spokes(?:man|woman|person)|billionaire|businessman|strategist|official|coach|boss|striker|captain)",
    re.IGNORECASE,
)


class SpeakerMemory:
    """Remembers the last speaker and the last person who spoke."""

    def __init__(self, names: NameResolver) -> None:
        self._names = names
        self._person = ""
        self.last = ""

    def resolve(self, name: str, before: Sentence | None = None) -> str:
        """Resolve a pronoun to whom the sentence before begins with, or who spoke last; a name stays."""
        if is_pronoun(name):
            self.last = self._referent(name, before)
        elif name and _ROLE_OF_ONE.fullmatch(name):
            return self._names.holder(name) or self._person or name
        elif name:
            self.last = name
            self._person = name if is_person(name) else self._person
        else:
            return name
        return self.last

    def _referent(self, pronoun: str, before: Sentence | None) -> str:
        is_one = pronoun.lower() not in {"they", "them"}
        spoke_just_now = before is not None and bool(self._person) and self._person in before.text
        if is_one and spoke_just_now:
            return self._person
        leading = leading_name(before.text) if before else None
        if leading is not None and (is_person(leading) or not is_one):
            return leading
        return self._person if is_one and not is_person(self.last) else self.last
