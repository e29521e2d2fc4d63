"""Target inference: whose conduct the article is about, by which names it goes, and where a sentence speaks of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.text.word_lists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.text.sentences import Sentence

_NAME = re.compile(
    r"\b[A-Z][\w’'-]*[\w](?:\s+(?:(?:of|the|de|al|bin|van|von|for)\s+){0,2}[A-Z][\w’'-]*\w){0,4}|\b[A-Z]\w*\b"
)
_NOUN = re.compile(r"\b[Tt]he ((?:[a-z]+-)?[a-z]{3,})\b")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_TITLES = word_set(
    "president prime minister sen senator rep representative gov governor former mr mrs ms dr chairman chief justice "
    "secretary king queen pope general judge king prince candidate nominee leader attorney mayor"
)
_PLAIN = word_set(
    "the a an of and for in on at to his her their its our us new this that who what why how when where is are was "
    "be it he she they we you i but so not no yes if as or by with from after before while government administration "
    "campaign party team company group regime officials house white state states united national"
)
_DAYS = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december"
)
PRONOUNS = word_set("he she they it his her their its him them himself herself itself themselves")
_HEADLINE_BONUS = 4
_TITLE_MAX = 200
_EARLY = 12


@dataclass(frozen=True, slots=True)
class TargetMatcher:
    """A target's name as given or found, and the lower-case words that stand for it."""

    name: str
    aliases: frozenset[str]

    def is_named_in(self, words: Iterable[str]) -> bool:
        """Tell whether any of the (lower-case) words stands for the target."""
        return any(word in self.aliases for word in words)


def target_from_name(name: str) -> TargetMatcher:
    """Build the matcher of a target that a caller named, with the words by which a text is likely to call it."""
    words = [_POSSESSIVE.sub("", word) for word in _WORD.findall(name)]
    telling = [word for word in words if word.lower() not in _PLAIN | _TITLES]
    proper = [word for word in telling if word[:1].isupper()]
    keys = {part for word in (proper or telling or words) for part in _key_parts(word)}
    if len(proper) > 1 and all(word[:1].isupper() for word in words):
        keys.add("".join(word[0] for word in proper).lower())
    return TargetMatcher(name, frozenset(keys))


def infer_target(title: str | None, sentences: Sequence[Sentence]) -> TargetMatcher | None:
    """Infer the target: the actor of the headline that the text names most, else what it names most, else None."""
    counts = _name_counts(sentences)
    if title:
        for rank, name in enumerate(_names(title[:_TITLE_MAX], mid_sentence=False)):
            counts[_shortest_known(name, counts)] += _HEADLINE_BONUS if rank == 0 else 1
    if counts:
        first_seen = {name: at for at, name in enumerate(counts)}
        best = max(counts, key=lambda name: (counts[name], -first_seen[name]))
        return target_from_name(best)
    noun = _noun(sentences[:_EARLY])
    return target_from_name(f"the {noun}") if noun else None


def _noun(sentences: Sequence[Sentence]) -> str | None:
    """Find the thing that sentences begin with or that is spoken of twice: "The ministers will meet"; not any noun."""
    counts = Counter(noun for sentence in sentences for noun in _NOUN.findall(sentence.text))
    counts.update(found[1] for sentence in sentences if (found := _NOUN.match(sentence.text)))
    return next((noun for noun, count in counts.most_common(1) if count > 1), None)


def _key_parts(word: str) -> list[str]:
    low = word.lower().replace("’", "'")
    return [part for part in low.split("-") if part not in _PLAIN] or [low]


def _name_counts(sentences: Sequence[Sentence]) -> Counter[str]:
    """How often each name stands in running text; a surname counts for the full name that it ends."""
    seen = Counter(name for s in sentences if not s.heading for name in _names(s.text, mid_sentence=True))
    merged: Counter[str] = Counter()
    full = {name.split()[-1]: name for name in sorted(seen, key=lambda name: (len(name.split()), -seen[name]))[::-1]}
    for name, count in seen.items():
        merged[full.get(name, name) if " " not in name else name] += count
    return merged


def _names(text: str, *, mid_sentence: bool) -> Iterable[str]:
    for found in _NAME.finditer(text):
        name = _POSSESSIVE.sub("", _trimmed(found[0]))
        low = name.lower()
        if not name or low in _PLAIN | _DAYS | _TITLES or len(name) < 2:  # noqa: PLR2004 - an initial names nobody
            continue
        if mid_sentence and found.start() == 0 and " " not in name:
            continue
        yield name


def _trimmed(name: str) -> str:
    words = name.split()
    while words and _POSSESSIVE.sub("", words[0].lower()) in _PLAIN | _TITLES | _DAYS:
        words.pop(0)
    for at, word in enumerate(words):
        if _POSSESSIVE.search(word):
            return " ".join(words[: at + 1])
    return " ".join(words)


def _shortest_known(name: str, counts: Counter[str]) -> str:
    """Find the name as the body has it: a headline in title case runs names and other words together."""
    if name in counts:
        return name
    known = [other for other in counts if other in name or name in other]
    return max(known, key=lambda other: (counts[other], len(other))) if known else name
