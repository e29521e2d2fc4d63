"""Target inference: whose conduct the article is about, by which names it goes, and where a sentence speaks of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.text.words import word_set
from subtext.engines.local.actors import rank_actors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subtext.domain.text.sentences import Sentence

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
_ARTICLES = word_set("the a an of")
PRONOUNS = word_set("he she they it his her their its him them himself herself itself themselves")
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
    plain = [word for word in words if word.lower() not in _ARTICLES] or words
    keys = {part for word in (proper or telling or plain) for part in _key_parts(word)}
    if len(proper) > 1 and all(word[:1].isupper() for word in words):
        keys.add("".join(word[0] for word in proper).lower())
    return TargetMatcher(name, frozenset(keys))


def infer_target(title: str | None, sentences: Sequence[Sentence]) -> TargetMatcher | None:
    """Infer the target: the likeliest of the actors that the text names, else what it is about, else None."""
    if ranked := rank_actors(title, sentences):
        return target_from_name(_as_named(ranked[0], sentences))
    noun = _noun(sentences[:_EARLY])
    return target_from_name(f"the {noun}") if noun else None


def _as_named(name: str, sentences: Sequence[Sentence]) -> str:
    """Return a group as the text names it, with the article if it has one there; names stay."""
    with_article = f"the {name}"
    if name[:1].isupper() or not any(with_article in sentence.text.lower() for sentence in sentences):
        return name
    return with_article


def _noun(sentences: Sequence[Sentence]) -> str | None:
    """Find the thing that sentences begin with or that is spoken of twice: "The ministers will meet"; not any noun."""
    counts = Counter(noun for sentence in sentences for noun in _NOUN.findall(sentence.text))
    counts.update(found[1] for sentence in sentences if (found := _NOUN.match(sentence.text)))
    return next((noun for noun, count in counts.most_common(1) if count > 1), None)


def _key_parts(word: str) -> list[str]:
    low = word.lower().replace("’", "'")
    return [part for part in low.split("-") if part not in _PLAIN] or [low]
